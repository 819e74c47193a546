import type { SandboxImage } from '../images/image-table.ts';
import { pullImage } from './image-pull.ts';
import type { NodeContext } from './node-context.ts';
import type { Container } from './pod.ts';

export interface ImageWait {
  node: NodeContext;
  container: Container;
  /** The container waits for it. */
  onWaiting(reason: string, message: string): void;
  event(type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** Milliseconds; false when the container is to end. */
  sleep(milliseconds: number): Promise<boolean>;
}

/** Pulls a container's image, with back-off until it is there; `undefined` when the container is to end before that. */
export async function awaitImage(options: ImageWait): Promise<SandboxImage | undefined> {
  const { node, container, onWaiting, event, sleep } = options;
  const reference = container.image ?? '';
  for (let wait = node.backOff.first; ; wait = Math.min(wait * 2, node.backOff.longest)) {
    const pulled = pullImage(node.images, reference, container.imagePullPolicy);
    for (const { type, reason, message } of pulled.events) event(type, reason, message);
    if ('image' in pulled) return pulled.image;
    const { reason, message } = pulled;
    onWaiting(reason, message);
    if (reason !== 'ErrImagePull') {
      if (!(await sleepUntilImage(options, reference, 10_000))) return undefined;
      continue;
    }
    if (!(await sleep(1000))) return undefined;
    const backingOff = `Back-off pulling image ${JSON.stringify(reference)}`;
    onWaiting('ImagePullBackOff', `${backingOff}: ${reason}: ${message}`);
    event('Normal', 'BackOff', backingOff);
    event('Warning', 'Failed', 'Error: ImagePullBackOff');
    if (!(await sleepUntilImage(options, reference, wait))) return undefined;
  }
}

/** The table is local, so an image that was added is taken at once and not at the end of the back-off. */
async function sleepUntilImage(
  { node, sleep }: ImageWait,
  reference: string,
  wait: number,
): Promise<boolean> {
  for (let waited = 0; waited < wait; waited += 250) {
    if (!(await sleep(250))) return false;
    if (node.images.find(reference)) return true;
  }
  return true;
}
