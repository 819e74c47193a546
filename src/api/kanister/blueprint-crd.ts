import { defineKanisterResource } from './custom-resource-definition.ts';
import { artifacts, freeForm, list, mapOf, object, objectReference, text } from './structural-schema.ts';

const phase = object({
  func: text('Name of the function.'),
  name: text(),
  objects: mapOf(
    objectReference(),
    'Secrets and ConfigMaps that the phase reads: .Phases.NAME.Secrets in templates.',
  ),
  args: freeForm('Arguments of the function; strings are templates.'),
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
      }),
      'Name of the action to what it does.',
    ),
  },
});
