import type { TestCluster } from '../integration/test-cluster.ts';
import type { Facts } from './scenario.ts';

/** A difference that is meant to be, in one scenario. */
export interface Deviation {
  scenario: string;
  field: string;
  /** Absent: whatever was recorded. What is no text is written as JSON. */
  recorded?: string;
  /** What is here, likewise; a text that ends in `…` goes on. Absent: nothing. */
  here?: string;
  why: string;
  /** How the row of docs/compatibility.md or docs/kanctl.md begins that says so; absent where the recording's moment or place differs, not the program. */
  row?: string;
  /** Where, when not everywhere. */
  on?: TestCluster['kind'];
}

/** A difference that is meant to be, wherever it occurs. */
export interface GeneralDeviation {
  /** What is left out on that side before it is compared. */
  side: 'recorded' | 'here';
  leaveOut: (facts: Facts) => Facts;
  why: string;
  row: string;
}

export const generalDeviations: GeneralDeviation[] = [
  {
    side: 'here',
    leaveOut: withoutAnnotations,
    why: 'a pod says whose it is',
    row: 'annotations `cr.kanister.io/run-uid`',
  },
  {
    side: 'here',
    leaveOut: (facts) => withoutEvents(facts, 'Warning InputMissing '),
    why: 'what the Blueprint asks for and the ActionSet does not give is told',
    row: 'Blueprint `kind`, `configMapNames`, `secretNames`, `inputArtifactNames`',
  },
  {
    side: 'recorded',
    leaveOut: (facts) => withoutEvents(facts, ': Callback onUpdateActionSet() failed'),
    why: 'a second, wrong event after a failed start',
    row: 'second event after a failed initialisation',
  },
  {
    side: 'here',
    leaveOut: withoutConfigMapsOfPhases,
    why: 'phases have had ConfigMaps since 0.115; the recordings are of 0.114',
    row: '`.Phases.NAME.ConfigMaps`',
  },
];

export const deviations: Deviation[] = [
  {
    scenario: 'as-noactions',
    field: 'actionSets[0].percentCompleted',
    recorded: '',
    here: '100',
    why: 'complete is 100 percent',
    row: 'never shows a deferPhase as `running`, and may stay below 100 percent when complete',
  },
  ...invalid('as-nokind', 'Not a known object Kind ""'),
  ...invalid('object-unknown-kind', 'Not a known object Kind Widget'),
  {
    scenario: 'as-touch-complete',
    field: 'events',
    recorded:
      "ActionSet/as-as-touch-complete: Normal Update Complete ×1: Updated ActionSet 'as-as-touch-complete' Status->complete",
    why: 'an edit of a finished ActionSet is no news',
    row: 'second event after a failed initialisation',
  },
  ...completes('kubetask-bignumber-args', {
    why: 'a null argument took the original down: its ActionSet stays as it was',
    row: 'a null argument',
    recorded: { state: 'running' },
    more: [{ field: 'pods[0]', here: '{…' }],
  }),
  {
    scenario: 'kubetask-bignumber-args',
    field: 'events',
    recorded:
      'Blueprint/bp-kubetask-bignumber-args: Normal Added ×1: Added blueprint bp-kubetask-bignumber-args',
    why: 'the original was started anew, and told of all Blueprints again',
    row: 'posts a second, wrong event after a failed start',
  },
  ...completes('params-sprig2', {
    why: '`get` is a function of sprig 3',
    row: 'functions of sprig 3 that 2.22 lacks',
    recorded: { state: 'failed', message: 'template: config:1: function "get" not defined' },
    more: [{ field: 'pods[0]', here: '{…' }],
  }),
  {
    scenario: 'kubetask-override-invalid',
    field: 'actionSets[0].message',
    here:
      'Failed to create pod: Failed to create pod: Failed to get pod from podOptions: Failed to create pod. ' +
      'Failed to override pod specs.: v1.PodSpec.Containers: []v1.Container: expected a list, found text …',
    why: 'the path and the types, without words of a JSON parser',
    row: 'a wrong `podOverride`',
  },
  {
    scenario: 'object-deployment-notready',
    field: 'pods[0].spec.containers[0].command[2]',
    here: 'd={"Name":"web","Namespace":"app-object-deployment-notready","Pods":["web-XXXXX-XXXXX"],…',
    why: 'its pods were about to start when it was recorded: they are listed as soon as they run',
  },
  {
    scenario: 'object-deploymentconfig',
    field: 'actionSets[0].message',
    here: 'the server could not find the requested resource (GET /apis/apps.openshift.io/v1/…',
    why: 'the request in place of its kind',
    row: 'a kind that the cluster does not serve',
    on: 'sandbox',
  },
  {
    scenario: 'object-deploymentconfig',
    field: 'actionSets[0].message',
    here: 'deploymentconfigs.apps.openshift.io "x" not found…',
    why: 'the cluster of the tests has the kind',
    on: 'cluster',
  },
  {
    scenario: 'object-namespace-nons',
    field: 'pods[0].spec.containers[0].command[2]',
    here: 'ns={"Name":"app-object-namespace-nons","Namespace":"app-object-namespace-nons"}',
    why: 'a namespace has a name',
    row: '`.Namespace.Name`',
  },
  {
    scenario: 'params-all',
    field: 'pods[0].spec.containers[0].command[11]',
    here: 'profileraw={{s3Compliant golden http://198.51.100.1:7070 pre us-east-1} {keyPair ADDRESS <nil> <nil>} true}',
    why: 'a reference that is not given prints itself in Go',
    row: 'Kubernetes objects printed whole',
  },
  {
    scenario: 'artifacts-chain',
    field: 'pods[0].metadata.labels.l',
    here: '1',
    why: 'the pods of a restore get the labels of those of its backup',
    row: '`--from`',
  },
  {
    scenario: 'kubeexecall-fail',
    field: 'actionSets[0].message',
    here: 'pb/c1: Failed to exec command in pod: command terminated with exit code 4.\nstdout: host pb\nstderr: bad\npb/c2: Failed to exec …',
    why: 'says where each has failed',
    row: 'KubeExecAll: failures',
  },
  {
    scenario: 'kubeexecall-missing',
    field: 'actionSets[0].message',
    here: 'pa/cx: Failed to exec command in pod: container cx is not valid for pod pa.\nstdout: \nstderr: \nnosuch/c1: Failed to exec command in pod: pods "nosuch" not found.…',
    why: 'says where each has failed, in the order of the arguments',
    row: 'KubeExecAll: failures',
  },
  ...completes('kubeops-badop', {
    why: 'apply is an operation',
    row: 'KubeOps: `operation: apply`',
    recorded: { state: 'failed', message: "invalid operation 'apply'" },
    more: [
      {
        field: 'actionSets[0].actions[0].phases[0].output',
        here: '{"apiVersion":"v1","group":"","kind":"","name":"x","namespace":"app-kubeops-badop","resource":"configmaps"}',
      },
    ],
  }),
  ...completes('kubeops-create-cluster', {
    why: 'deletes what has no namespace',
    row: 'KubeOps delete and patch of what belongs to no namespace',
    phase: 1,
    recorded: { state: 'failed', message: 'the server could not find the requested resource' },
    more: [
      {
        field: 'actionSets[0].actions[0].phases[1].output',
        here: '{"apiVersion":"v1","group":"rbac.authorization.k8s.io","kind":"","name":"golden-cr","resource":"clusterroles"}',
      },
    ],
  }),
  {
    scenario: 'kubeops-delete-cluster',
    field: 'actionSets[0].message',
    recorded: 'the server could not find the requested resource',
    here: 'clusterroles.rbac.authorization.k8s.io "golden-cr" not found…',
    why: 'looks for it where it would be, without a namespace',
    row: 'KubeOps delete and patch of what belongs to no namespace',
  },
  {
    scenario: 'mcr-noimage',
    field: 'actionSets[0].message',
    here:
      'Failed while waiting for Pod to be ready: Pod failed to become ready in time: Pod did not transition into running state. ' +
      'Timeout:1m0s  Namespace:app-mcr-noimage, Name:kanister-job-XXXXX: hi: container "background": …',
    why: 'as with all other functions, and with the reason',
    row: 'MultiContainerRun: readiness timeout',
  },
  {
    scenario: 'mcr-fail-init',
    field: 'actionSets[0].message',
    here:
      'Failed while waiting for Pod to complete: Pod failed to complete in time: Pod failed or did not transition into complete state: ' +
      'Pod failed: container "init" exited with code 5 (Error), its last lines:\niniterr …',
    why: 'says what has failed',
    row: 'MultiContainerRun: a failing init container',
  },
  ...['mcr-fail-init', 'mcr-fail-output', 'mcr-override-bp'].map(sizeLimit),
  ...[
    ['containers[0].command[2]', `sleep 1; echo '###Phase-output###: {"key":"k","value":"v"}'`],
    ['containers[1].command[1]', '-c'],
    ['containers[1].command[2]', 'echo bgerr >&2; exit 4'],
  ].map(([field = '', recorded = '']) => ({
    scenario: 'mcr-fail-init',
    field: `pods[0].spec.${field}`,
    recorded,
    why: 'the original keeps the end of a longer command from the run before',
    row: 'MultiContainerRun: a command that is shorter than in an earlier run',
  })),
  {
    scenario: 'wait-badtemplate',
    field: 'actionSets[0].message',
    recorded: 'template: config:1: unexpected EOF',
    here: 'conditions.anyOf[0]: template: config:1: unexpected EOF: Failed to wait for the condition to be met: …',
    why: 'says which condition',
    row: 'Wait, WaitV2: what can never end well',
  },
  {
    scenario: 'wait-both',
    field: 'actionSets[0].percentCompleted',
    recorded: '0',
    here: '100',
    why: 'complete is 100 percent',
    row: 'never shows a deferPhase as `running`, and may stay below 100 percent when complete',
  },
  ...['wait-deploy', 'wait-number-unquoted'].flatMap((scenario) =>
    completes(scenario, {
      why: 'a JSONPath without quotes is one, too',
      row: 'Wait: a path that stands unquoted in a template',
      recorded: { state: 'failed', message: 'template: config:1: unexpected "{" in operand' },
    }),
  ),
  ...['wait-empty', 'waitv2-empty'].map((scenario) => ({
    scenario,
    field: 'actionSets[0].message',
    here: 'no conditions are given: Failed to wait for the condition to be met: …',
    why: 'nothing to wait for is said at once',
    row: 'Wait, WaitV2: what can never end well',
  })),
];

/** An ActionSet that the original leaves without a status. */
function invalid(scenario: string, message: string): Deviation[] {
  const why = 'it fails, and says why';
  const row = 'an invalid ActionSet';
  return [
    { scenario, field: 'actionSets[0].state', recorded: 'none', here: 'failed', why, row },
    { scenario, field: 'actionSets[0].message', recorded: '', here: `${message}…`, why, row },
    {
      scenario,
      field: 'events',
      here: `ActionSet/as-${scenario}: Warning Error ×1: Could not start ActionSet: ${message}…`,
      why,
      row,
    },
  ];
}

/** An ActionSet whose last phase came to nothing with the original. */
function completes(
  scenario: string,
  {
    why,
    row,
    recorded: { state, message },
    phase = 0,
    more = [],
  }: {
    why: string;
    row: string;
    recorded: { state: string; message?: string };
    phase?: number;
    more?: Pick<Deviation, 'field' | 'recorded' | 'here'>[];
  },
): Deviation[] {
  const actionSet = `ActionSet/as-${scenario}`;
  const failure = 'Warning ActionSetFailed Action: run ×1: Failed to execute phase:';
  return [
    { field: 'actionSets[0].state', recorded: state, here: 'complete' },
    { field: `actionSets[0].actions[0].phases[${phase}].state`, recorded: state, here: 'complete' },
    { field: 'actionSets[0].percentCompleted', here: '100' },
    { field: 'events', here: `${actionSet}: Normal Ended Phase ×1: Completed phase p${phase + 1}` },
    {
      field: 'events',
      here: `${actionSet}: Normal Update Complete ×1: Updated ActionSet 'as-${scenario}' Status->complete`,
    },
    ...(message === undefined
      ? []
      : [
          { field: 'actionSets[0].message', recorded: message, here: '' },
          { field: 'events', recorded: `${actionSet}: ${failure} ${message}` },
          { field: 'events', recorded: `Blueprint/bp-${scenario}: ${failure} ${message}` },
        ]),
    ...more,
  ].map((deviation) => ({ ...deviation, scenario, why, row }));
}

/** The original keeps these of an earlier run. */
function sizeLimit(scenario: string): Deviation {
  return {
    scenario,
    field: 'pods[0].spec.volumes[0].emptyDir.sizeLimit',
    recorded: '16Mi',
    why: 'nobody asked for it: the run before did',
    row: 'MultiContainerRun: `sharedVolumeSizeLimit`',
  };
}

function withoutEvents(facts: Facts, part: string): Facts {
  return { ...facts, events: facts.events.filter((event) => !event.includes(part)) };
}

function withoutAnnotations(facts: Facts): Facts {
  const text = JSON.stringify(facts.pods, (key, value: unknown) =>
    /^cr\.kanister\.io\/run-(uid|step|spec|of)$/.test(key) ? undefined : value,
  );
  return { ...facts, pods: JSON.parse(text.replaceAll(/,?"annotations":\{\}/g, '')) as object[] };
}

function withoutConfigMapsOfPhases(facts: Facts): Facts {
  const text = JSON.stringify(facts.pods);
  const printed = String.raw`\"Secrets\":{},\"ConfigMaps\":{},\"Output\"`;
  const without = String.raw`\"Secrets\":{},\"Output\"`;
  return { ...facts, pods: JSON.parse(text.replaceAll(printed, without)) as object[] };
}
