import { createHash } from 'node:crypto';
import type { Container, ContainerState, ContainerStatus, TerminatedState } from './pod.ts';

export interface ContainerStatusInput {
  container: Container;
  isInit: boolean;
  podUid: string;
  restartCount: number;
  /** Which run `state` and, while waiting, `lastState` are about. */
  state: ContainerState;
  lastState: ContainerState;
  ready: boolean;
  started: boolean;
}

/** The status of a container as a kubelet with containerd writes it. */
export function containerStatus(input: ContainerStatusInput): ContainerStatus {
  const { container, state, lastState } = input;
  const id = state.waiting
    ? lastState.terminated?.containerID
    : (state.terminated?.containerID ?? containerID(input.podUid, container.name, input.restartCount));
  const image = container.image ?? '';
  const { requests } = container.resources ?? {};
  const isDone = input.isInit && container.restartPolicy !== 'Always' && state.terminated?.exitCode === 0;
  return {
    name: container.name,
    image: id === undefined ? image : familiarName(image),
    imageID: id === undefined ? '' : `sha256:${digest(image)}`,
    ...(id !== undefined && {
      containerID: id,
      resources: container.resources ?? {},
      ...(requests && { allocatedResources: requests }),
    }),
    ready: input.ready || isDone,
    started: input.started,
    restartCount: input.restartCount,
    state,
    lastState,
    ...(container.volumeMounts && { volumeMounts: container.volumeMounts.map(mountStatus) }),
  };
}

/** Of one run of a container; the same for a sandbox that takes it over. */
export const containerID = (podUid: string, name: string, attempt: number): string =>
  `containerd://${digest(`${podUid}/${name}/${attempt}`)}`;

/** How a container ended of which nothing is known any more. */
export const unknownEnd = (id: string): TerminatedState => ({
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was terminated',
  startedAt: null,
  finishedAt: null,
  containerID: id,
});

const mountStatus = ({ name, mountPath, readOnly }: NonNullable<Container['volumeMounts']>[number]) => ({
  name,
  mountPath,
  ...(readOnly && { readOnly, recursiveReadOnly: 'Disabled' }),
});

/** containerd's form of a reference: with registry and tag. */
export function familiarName(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const hasRegistry = rest.length > 0 && (/[.:A-Z]/.test(first) || first === 'localhost');
  const path = hasRegistry ? reference : `docker.io/${rest.length > 0 ? '' : 'library/'}${reference}`;
  return /[:@][^/]*$/.test(path) ? path : `${path}:latest`;
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex');
