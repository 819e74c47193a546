/** What a phase comes to whose argument is there, but empty or null: `complete`, or words of its error. */
export function expectedOfBare(func: string, argument: string, what: 'empty' | 'null'): string {
  const expected = EXPECTED[func];
  if (!expected) throw new Error(`${func}: say in ${import.meta.filename} what its empty arguments come to`);
  return expected[`${argument} is ${what}`] ?? expected[argument] ?? expected.otherwise;
}

const NO_POD = 'pods "no-such-pod" not found';
const NO_WORKLOAD = 'Workload information not available via defaults or namespace/name/kind parameters';
const NO_DURATION = 'Failed to parse timeout: time: invalid duration ""';
const NO_CONDITIONS = 'no conditions are given: Failed to wait for the condition to be met';

/** With the samples of sample-arguments.ts. Null is as good as absent where an argument is not required, and empty where it is. */
const EXPECTED: Record<string, { otherwise: string; [argument: string]: string }> = {
  KubeExec: {
    otherwise: NO_POD,
    namespace: 'Failed to exec command in pod: argument namespace is empty',
    pod: 'Failed to exec command in pod: argument pod is empty',
    command: 'Failed to exec command in pod: argument command is empty',
  },
  KubeExecAll: {
    otherwise: NO_POD,
    namespace: 'Failed to exec command in pod: argument namespace is empty',
    // As in the original: no pod and no container is nothing to do.
    pods: 'complete',
    containers: 'complete',
    command: 'Failed to exec command in pod: argument command is empty',
  },
  KubeOps: {
    otherwise:
      'missing one or more required fields name/namespace/group/apiVersion/resource in objectReference',
    operation: "invalid operation ''",
  },
  KubeTask: {
    otherwise: 'complete',
    image: 'spec.containers[0].image: Required value',
  },
  LocationDelete: { otherwise: 'Failed to validate Profile: Profile must be non-nil' },
  MultiContainerRun: {
    otherwise: 'complete',
    backgroundImage: 'spec.containers[1].image: Required value',
    outputImage: 'spec.containers[0].image: Required value',
    sharedVolumeDir: 'spec.containers[0].volumeMounts[0].mountPath: Required value',
  },
  PrepareData: {
    otherwise: 'persistentvolumeclaims "no-such-claim" not found',
    volumes: 'Failed to get volumes',
  },
  ScaleWorkload: {
    otherwise: 'deployments.apps "no-such-workload" not found',
    'replicas is empty': 'Cannot convert  to int: strconv.ParseInt: parsing "": invalid syntax',
    name: NO_WORKLOAD,
    kind: NO_WORKLOAD,
    namespace: NO_WORKLOAD,
  },
  Wait: { otherwise: NO_CONDITIONS, timeout: NO_DURATION },
  WaitV2: { otherwise: NO_CONDITIONS, timeout: NO_DURATION },
};
