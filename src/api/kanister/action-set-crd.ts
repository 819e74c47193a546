import { defineKanisterResource, type PrinterColumn } from './custom-resource-definition.ts';
import * as schema from './structural-schema.ts';
import type { StructuralSchema } from './structural-schema.ts';

const { boolean, integer, list, mapOf, object, objectReference, oneOf, text, time } = schema;

/** ActionSets: Kanister 0.114 to 0.119, and the times and failures that this operator adds to the status. */
export const actionSetCrd = defineKanisterResource({
  kind: 'ActionSet',
  plural: 'actionsets',
  description: 'Actions of Blueprints to be executed now, and how far they are.',
  properties: {
    spec: object({
      actions: list(actionSpec(), 'Executed in parallel, unless executionMode says otherwise.'),
      executionMode: oneOf(
        ['parallel', 'sequential'],
        'sequential: each action begins when the one before it has succeeded.',
      ),
      continueFrom: text('Name of a failed ActionSet whose completed phases are not to be run again.'),
      ttlSecondsAfterFinished: integer('Deletes the ActionSet so long after its end.', 0),
      includeArtifacts: boolean('Deletes it also when it has output artifacts.'),
    }),
    status: object({
      state: text('pending, running, failed or complete.'),
      actions: list(actionStatus(), 'One for each action of the spec, in its order.'),
      error: object({ message: text('Why the ActionSet failed.') }),
      progress: object({
        runningPhase: text(),
        percentCompleted: text('Mean of the percentages of all phases: an integer in text.'),
        ...transferredSizes(),
        lastTransitionTime: time(),
      }),
      conditions: list(condition(), 'Accepted, Running, Complete, Failed, Cancelled.'),
      startTime: time(),
      completionTime: time(),
    }),
  },
  columns: printerColumns(),
  // Lets a controller list only what is unfinished.
  selectable: ['.status.state'],
});

function actionSpec(): StructuralSchema {
  return object({
    name: text("A key of the Blueprint's actions."),
    object: objectReference('What the action is about.'),
    blueprint: text('Name of a Blueprint in the namespace of the ActionSet.'),
    artifacts: schema.artifacts('Input artifacts: .ArtifactsIn in templates.'),
    configMaps: mapOf(objectReference(), 'Reachable in templates as .ConfigMaps.'),
    secrets: mapOf(objectReference(), 'Reachable in templates as .Secrets.'),
    profile: objectReference('Where data goes: a Profile.'),
    // Kanister dropped RepositoryServers after 0.119; ActionSets that carry one must keep it.
    repositoryServer: objectReference('A RepositoryServer.', [
      'apiVersion',
      'group',
      'kind',
      'name',
      'resource',
    ]),
    podOverride: schema.freeForm('Merged into the spec of every pod that a phase creates.'),
    options: mapOf(text(), 'Reachable in templates as .Options.'),
    preferredVersion: text('Version of the functions; v0.0.0 when absent.'),
    podLabels: mapOf(text(), 'Labels for the pods that phases create.'),
    podAnnotations: mapOf(text(), 'Annotations for the pods that phases create.'),
    timeout: text("Of all phases together, e.g. 2h; instead of the Blueprint's."),
    needs: list(
      text(),
      'Actions of this ActionSet that must succeed first; their artifacts are .ArtifactsIn.',
    ),
  });
}

function actionStatus(): StructuralSchema {
  return object({
    name: text(),
    object: objectReference(),
    blueprint: text(),
    phases: list(phaseStatus()),
    artifacts: schema.artifacts('Output artifacts: templates until the action completes.'),
    deferPhase: phaseStatus(),
  });
}

function phaseStatus(): StructuralSchema {
  return object({
    name: text(),
    state: text('pending, running, failed or complete; empty for a deferPhase that does not exist.'),
    output: schema.freeForm('What the phase returned: .Phases.NAME.Output in templates.'),
    progress: object({
      progressPercent: text('An integer in text.'),
      ...transferredSizes(),
      estimatedTimeSeconds: integer(),
      lastTransitionTime: time(),
    }),
    failure: failure(),
    skipped: boolean('Its condition did not hold.'),
    attempts: integer('How often it was begun.'),
    startTime: time(),
    completionTime: time(),
  });
}

function condition(): StructuralSchema {
  return object({
    type: text(),
    status: text('True, False or Unknown.'),
    reason: text('One word, for programs.'),
    message: text(),
    lastTransitionTime: time(),
  });
}

function failure(): StructuralSchema {
  return object(
    {
      reason: text('One word, for programs.'),
      message: text(),
      argument: text('The argument of the function that is at fault.'),
      template: object({ line: integer(), column: integer() }),
      pod: object({
        name: text(),
        phase: text(),
        reason: text(),
        exitCode: integer(),
        logTail: text('Its last lines.'),
      }),
      hint: text('What to do next.'),
    },
    'Why the phase failed.',
  );
}

/** Bytes. */
function transferredSizes(): Record<string, StructuralSchema> {
  return {
    sizeDownloadedB: integer(),
    sizeUploadedB: integer(),
    estimatedDownloadSizeB: integer(),
    estimatedUploadSizeB: integer(),
  };
}

/** Kanister's, in its order, and the age that custom columns would otherwise take away. */
function printerColumns(): PrinterColumn[] {
  const progress = '.status.progress';
  return [
    { name: 'Progress', type: 'string', jsonPath: `${progress}.percentCompleted` },
    { name: 'SizeDownloadedB', type: 'integer', jsonPath: `${progress}.sizeDownloadedB` },
    { name: 'SizeUploadedB', type: 'integer', jsonPath: `${progress}.sizeUploadedB` },
    { name: 'EstimatedDownloadSizeB', type: 'integer', jsonPath: `${progress}.estimatedDownloadSizeB` },
    { name: 'EstimatedUploadSizeB', type: 'integer', jsonPath: `${progress}.estimatedUploadSizeB` },
    { name: 'Running Phase', type: 'string', jsonPath: `${progress}.runningPhase` },
    {
      name: 'Last Transition Time',
      type: 'string',
      format: 'date-time',
      jsonPath: `${progress}.lastTransitionTime`,
    },
    { name: 'State', type: 'string', jsonPath: '.status.state' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ];
}
