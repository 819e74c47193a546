/** What an image name stands for: programs of this machine, started as that image would start its own. */
export interface SandboxImage {
  /** Last path segment of the images that this is, without registry, tag and digest: `postgres`. */
  name: string;
  /** Runs before the arguments, where the container gives no command. */
  entrypoint?: string[];
  /** The arguments, where the container gives neither command nor args. */
  command?: string[];
  environment?: Record<string, string>;
  /** Folders that come first in PATH. */
  path?: string[];
  workingDirectory?: string;
  /** Paths that are empty folders of the container's own, unless the pod mounts something there. */
  volumes?: string[];
  /** User number that the command runs as, where the pod asks for none and the sandbox is root. */
  user?: number;
}

/** Which images there are. Entries can be added while the sandbox runs; a later one replaces one of its name. */
export interface ImageTable {
  add(image: SandboxImage): void;
  /** `ghcr.io/kanisterio/postgres-kanister-tools:0.119.0` finds `postgres-kanister-tools`. */
  find(reference: string): SandboxImage | undefined;
}

export function createImageTable(images: SandboxImage[]): ImageTable {
  const table = new Map(images.map((image) => [image.name, image]));
  return {
    add: (image) => void table.set(image.name, image),
    find: (reference) => table.get(imageName(reference)),
  };
}

/** The last path segment of an image reference. */
export function imageName(reference: string): string {
  const withoutDigest = reference.split('@')[0] ?? '';
  return (withoutDigest.split('/').at(-1) ?? '').split(':')[0] ?? '';
}
