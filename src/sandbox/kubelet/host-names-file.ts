import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { PodNetwork } from '../network/pod-network.ts';

/** A pod's /etc/hosts, kept as the services are. */
export interface HostNamesFile {
  file: string;
  close(): void;
}

export function createHostNamesFile(
  file: string,
  network: PodNetwork,
  options: Parameters<PodNetwork['hostNames']>[0],
): HostNamesFile {
  let written = '';
  const write = () => {
    const text = network.hostNames(options);
    if (text === written) return;
    // In place and in one write: containers have this very inode mounted.
    const descriptor = openSync(file, written === '' ? 'w' : 'r+', 0o644);
    try {
      writeSync(descriptor, text, 0);
      ftruncateSync(descriptor, Buffer.byteLength(text));
    } finally {
      closeSync(descriptor);
    }
    written = text;
  };
  write();
  return { file, close: network.onChange(write) };
}
