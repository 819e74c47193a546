import type { Container, Pod } from '../../src/pods/pod.ts';

/** What a container sees of its volumes, by path. */
export interface Files {
  read(path: string): string | undefined;
  write(path: string, text: string): void;
}

export interface SimulatedVolumes {
  filesOf(pod: Pod, container: Container): Files;
}

/** Volumes of a node: a pod's own are of its UID, claims are the same for whoever mounts them. */
export function createSimulatedVolumes(): SimulatedVolumes {
  const texts = new Map<string, string>();
  return {
    filesOf: (pod, container) => ({
      read: (path) => texts.get(placeOf(pod, container, path)),
      write: (path, text) => void texts.set(placeOf(pod, container, path), text),
    }),
  };
}

function placeOf({ metadata, spec }: Pod, container: Container, path: string): string {
  const mount = container.volumeMounts?.find(({ mountPath }) => path.startsWith(folder(mountPath)));
  if (mount === undefined) return `${metadata.uid} ${container.name} ${path}`;
  const within = path.slice(folder(mount.mountPath).length);
  const volume = spec.volumes?.find(({ name }) => name === mount.name);
  const claim = volume?.persistentVolumeClaim?.claimName;
  return claim === undefined
    ? `${metadata.uid} volume ${mount.name} ${within}`
    : `${metadata.namespace} claim ${claim} ${within}`;
}

function folder(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}
