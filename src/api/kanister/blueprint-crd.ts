import { defineKanisterResource } from './custom-resource-definition.ts';
import {
  artifacts,
  boolean,
  freeForm,
  integer,
  list,
  mapOf,
  object,
  objectReference,
  oneOf,
  text,
} from './structural-schema.ts';

const phase = object({
  func: text('Name of the function.'),
  name: text(),
  objects: mapOf(
    objectReference(),
    'Secrets and ConfigMaps that the phase reads: .Phases.NAME.Secrets in templates.',
  ),
  args: freeForm('Arguments of the function; strings are templates.'),
  if: text('A template: the phase is skipped when it gives false or nothing, and runs when it gives true.'),
  timeout: text('Of each attempt, e.g. 30m.'),
  retry: object(
    {
      attempts: integer('How often the phase may be begun in all.', 1),
      backoff: text('The pause before the second attempt, e.g. 10s; doubled before each further one.'),
      on: list(text(), 'Reasons of failures; absent: all that another attempt can mend.'),
      true: list(text(), 'The same: what YAML makes of on without quotes.'),
    },
    'Runs the phase again when it failed.',
  ),
  onInterrupted: oneOf(
    ['fail', 'repeat'],
    'What becomes of a step that can’t be repeated safely when the operator ended in it.',
  ),
});

/** Blueprints: Kanister 0.114 to 0.119. They have no spec. */
export const blueprintCrd = defineKanisterResource({
  kind: 'Blueprint',
  plural: 'blueprints',
  description: 'How actions are carried out on one kind of application.',
  properties: {
    actions: mapOf(
      object({
        name: text('Without meaning: the key in actions is the name.'),
        kind: text('The kind of object that the action is for; not checked.'),
        configMapNames: list(text(), 'Names that an ActionSet has to give in configMaps.'),
        secretNames: list(text(), 'Names that an ActionSet has to give in secrets.'),
        inputArtifactNames: list(text(), 'Names that an ActionSet has to give in artifacts.'),
        outputArtifacts: artifacts('Templates, rendered when the action completes.'),
        phases: list(phase, 'Executed one after the other.'),
        deferPhase: { ...phase, description: 'Executed last, whether the phases succeeded or not.' },
        timeout: text('Of all phases together, e.g. 2h; the deferPhase is run all the same.'),
        history: object(
          {
            successful: integer('How many complete ActionSets are kept.', 0),
            failed: integer('How many failed ActionSets are kept.', 0),
            includeArtifacts: boolean('Counts and deletes those with output artifacts, too.'),
          },
          'Deletes the oldest finished ActionSets of this action.',
        ),
      }),
      'Name of the action to what it does.',
    ),
  },
});
