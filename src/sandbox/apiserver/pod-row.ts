import { elapsed } from './elapsed.ts';
import { fieldsOf, listOf, printable, textOf, valueAt } from './json-value.ts';
import type { Fields } from './json-value.ts';
import type { ApiObject } from './resource-definition.ts';

interface PodRow {
  ready: string;
  status: string;
  restarts: string;
}

/** What a pod's row says of its containers: the reason that matters most stands for all. */
export function podRow(pod: ApiObject, now: Date): PodRow {
  const initial = initContainers(pod);
  const main = mainContainers(pod);
  const { readyContainers, restarts, lastRestart } = initial.going ? initial : main;
  const counted = {
    ready: initial.sidecarsReady + main.readyContainers,
    restarts: initial.going ? restarts : restarts + initial.sidecarRestarts,
  };
  const total = listOf(valueAt(pod, 'spec', 'containers')).length + initial.sidecars;
  const ago = lastRestart === undefined ? '' : ` (${elapsed(lastRestart, now)} ago)`;
  return {
    ready: `${initial.going ? readyContainers : counted.ready}/${total}`,
    status: statusOf(pod, initial.going ? initial.reason : main.reason),
    restarts: counted.restarts > 0 && ago !== '' ? `${counted.restarts}${ago}` : String(counted.restarts),
  };
}

function statusOf(pod: ApiObject, reason: string | undefined): string {
  const own = textOf(valueAt(pod, 'status', 'reason'));
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (own === 'NodeLost') return 'Unknown';
    const phase = valueAt(pod, 'status', 'phase');
    if (phase !== 'Failed' && phase !== 'Succeeded') return 'Terminating';
  }
  if (reason !== undefined) return reason;
  if (isGated(pod)) return 'SchedulingGated';
  return own || textOf(valueAt(pod, 'status', 'phase'));
}

const isGated = (pod: ApiObject): boolean =>
  listOf(valueAt(pod, 'status', 'conditions')).some(
    (condition) =>
      fieldsOf(condition).type === 'PodScheduled' && fieldsOf(condition).reason === 'SchedulingGated',
  );

/** The first of the init containers that has not done its part speaks for the pod. */
function initContainers(pod: ApiObject) {
  const specs = listOf(valueAt(pod, 'spec', 'initContainers')).map(fieldsOf);
  const sidecarNames = specs
    .filter(({ restartPolicy }) => restartPolicy === 'Always')
    .map(({ name }) => name);
  const statuses = listOf(valueAt(pod, 'status', 'initContainerStatuses')).map(fieldsOf);
  const found = {
    going: false,
    reason: undefined as string | undefined,
    readyContainers: 0,
    sidecars: sidecarNames.length,
    sidecarsReady: 0,
    sidecarRestarts: 0,
    restarts: 0,
    lastRestart: undefined as string | undefined,
  };
  for (const [index, status] of statuses.entries()) {
    found.restarts += Number(status.restartCount ?? 0);
    found.lastRestart = later(found.lastRestart, restartTime(status));
    const sidecar = sidecarNames.includes(status.name);
    if (sidecar) found.sidecarRestarts += Number(status.restartCount ?? 0);
    const { terminated, waiting } = fieldsOf(status.state);
    if (fieldsOf(terminated).exitCode === 0) continue;
    if (sidecar && status.started === true) {
      if (status.ready === true) {
        found.sidecarsReady += 1;
        found.readyContainers += 1;
      }
      continue;
    }
    const why = textOf(fieldsOf(waiting).reason);
    if (terminated !== undefined) found.reason = `Init:${endOf(fieldsOf(terminated))}`;
    else if (why !== '' && why !== 'PodInitializing') found.reason = `Init:${why}`;
    else found.reason = `Init:${index}/${specs.length}`;
    found.going = true;
    break;
  }
  return found;
}

function mainContainers(pod: ApiObject) {
  const statuses = listOf(valueAt(pod, 'status', 'containerStatuses')).map(fieldsOf);
  let reason: string | undefined;
  let restarts = 0;
  let readyContainers = 0;
  let lastRestart: string | undefined;
  let running = false;
  for (const status of statuses.toReversed()) {
    restarts += Number(status.restartCount ?? 0);
    lastRestart = later(lastRestart, restartTime(status));
    const { waiting, terminated, running: runs } = fieldsOf(status.state);
    const why = textOf(fieldsOf(waiting).reason);
    if (why !== '') reason = why;
    else if (terminated !== undefined) reason = endOf(fieldsOf(terminated));
    else if (status.ready === true && runs !== undefined) {
      running = true;
      readyContainers += 1;
    }
  }
  if (reason === 'Completed' && running) reason = isReady(pod) ? 'Running' : 'NotReady';
  return { reason, restarts, readyContainers, lastRestart };
}

const endOf = ({ reason, signal, exitCode }: Fields): string =>
  textOf(reason) || (signal ? `Signal:${printable(signal)}` : `ExitCode:${printable(exitCode ?? 0)}`);

const restartTime = (status: Fields): string =>
  textOf(valueAt(status, 'lastState', 'terminated', 'finishedAt'));

const later = (a: string | undefined, b: string): string | undefined =>
  b !== '' && (a === undefined || b > a) ? b : a;

const isReady = (pod: ApiObject): boolean =>
  listOf(valueAt(pod, 'status', 'conditions')).some(
    (condition) => fieldsOf(condition).type === 'Ready' && fieldsOf(condition).status === 'True',
  );
