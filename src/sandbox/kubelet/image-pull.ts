import { CannotConfigure } from './container-runtime.ts';
import { familiarName } from './container-status.ts';
import type { SandboxImage, ImageTable } from '../images/image-table.ts';

/** What came of asking for an image: the events that a kubelet records for it, and the image or why the container waits. */
export type ImagePull = { events: PullEvent[] } & (
  | { image: SandboxImage }
  | { reason: 'ErrImagePull' | 'ErrImageNeverPull' | 'InvalidImageName'; message: string }
);

interface PullEvent {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** Looks for a container's image as a kubelet would pull it. */
export function pullImage(images: ImageTable, reference: string, policy = 'IfNotPresent'): ImagePull {
  const fault = referenceFault(reference);
  if (fault !== undefined) {
    const message = `Failed to apply default image tag ${JSON.stringify(reference)}: couldn't parse image name ${JSON.stringify(reference)}: ${fault}`;
    return {
      events: [warning('InspectFailed', message), warning('Failed', 'Error: InvalidImageName')],
      reason: 'InvalidImageName',
      message,
    };
  }
  const image = images.find(reference);
  const present = `Container image ${JSON.stringify(reference)} already present on machine`;
  if (image && policy !== 'Always') return { image, events: [normal('Pulled', present)] };
  const pulling = normal('Pulling', `Pulling image ${JSON.stringify(reference)}`);
  if (image) {
    const pulled = `Successfully pulled image ${JSON.stringify(reference)} in 1ms (1ms including waiting). Image size: 0 bytes.`;
    return { image, events: [pulling, normal('Pulled', pulled)] };
  }
  if (policy === 'Never') {
    const message = `Container image ${JSON.stringify(reference)} is not present with pull policy of Never`;
    const reason = 'ErrImageNeverPull';
    return { events: [warning(reason, message), warning('Failed', `Error: ${reason}`)], reason, message };
  }
  const name = familiarName(reference);
  const message =
    `failed to pull and unpack image ${JSON.stringify(name)}: failed to resolve reference ${JSON.stringify(name)}: ` +
    `${name}: not found: the sandbox has no image of this name: add it to its image table`;
  const failed = warning('Failed', `Failed to pull image ${JSON.stringify(reference)}: ${message}`);
  return {
    events: [pulling, failed, warning('Failed', 'Error: ErrImagePull')],
    reason: 'ErrImagePull',
    message,
  };
}

/**
 * Refuses root where the spec forbids it, as far as the user's number is known.
 * @throws {CannotConfigure} with a kubelet's words.
 */
export function refuseRoot(
  runsAs: number | undefined,
  nonRoot: boolean,
  pod: string,
  container: string,
): void {
  if (!nonRoot) return;
  const where = `(pod: ${JSON.stringify(pod)}, container: ${container})`;
  if (runsAs === undefined)
    throw new CannotConfigure(`container has runAsNonRoot and image will run as root ${where}`);
  if (runsAs === 0) throw new CannotConfigure(`container's runAsUser breaks non-root policy ${where}`);
}

const normal = (reason: string, message: string): PullEvent => ({ type: 'Normal', reason, message });
const warning = (reason: string, message: string): PullEvent => ({ type: 'Warning', reason, message });

/** Why a reference can't be one, by the grammar of distribution/reference. */
function referenceFault(reference: string): string | undefined {
  const name = reference
    .replace(/@[A-Za-z][\w+.-]*:[0-9a-fA-F]{32,}$/, '')
    .replace(/:[\w][\w.-]{0,127}$/, '');
  const [first = '', ...rest] = name.split('/');
  const hasRegistry = rest.length > 0 && (/[.:A-Z]/.test(first) || first === 'localhost');
  const path = hasRegistry ? rest.join('/') : name;
  const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
  if (path.split('/').every((part) => component.test(part))) return undefined;
  const repository = path.includes('/') || hasRegistry ? path : `library/${path}`;
  const tagless = repository.split(':')[0] ?? '';
  return /[A-Z]/.test(tagless)
    ? `invalid reference format: repository name (${tagless}) must be lowercase`
    : 'invalid reference format';
}
