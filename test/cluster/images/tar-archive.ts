import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import type { LayerEntry } from './layer-entry.ts';

/**
 * Writes entries as a tar archive (POSIX ustar), ordered by path, each once (the last of a path counts), with the folders that
 * they need. Times are 0, so that the same contents give the same bytes. Files are streamed.
 * @throws {Error} for a path that the format has no room for, and for a file that changes while it is read.
 */
export async function* tarArchive(entries: LayerEntry[]): AsyncGenerator<Buffer> {
  for (const entry of withParents(entries)) {
    const path = entry.path.slice(1);
    switch (entry.kind) {
      case 'folder':
        yield header({ ...owned(entry, 0o755), path: `${path}/`, type: '5', size: 0 });
        break;
      case 'link':
        yield header({ path, type: '2', size: 0, mode: 0o777, owner: 0, target: entry.target });
        break;
      case 'text': {
        const content = Buffer.from(entry.text);
        yield header({ ...owned(entry, 0o644), path, type: '0', size: content.length });
        yield content;
        yield padding(content.length);
        break;
      }
      case 'copy': {
        const { size, mode } = await stat(entry.source);
        yield header({ ...owned(entry, mode & 0o7777), path, type: '0', size });
        let read = 0;
        for await (const chunk of createReadStream(entry.source, { highWaterMark: 1 << 18 })) {
          const bytes: Buffer = chunk;
          read += bytes.length;
          yield bytes;
        }
        if (read !== size)
          throw new Error(`${entry.source} changed while it was read: ${read} bytes, not ${size}`);
        yield padding(size);
      }
    }
  }
  yield Buffer.alloc(2 * BLOCK);
}

const BLOCK = 512;

function withParents(entries: LayerEntry[]): LayerEntry[] {
  const byPath = new Map<string, LayerEntry>();
  for (const entry of entries) byPath.set(entry.path, entry);
  for (const { path } of entries) {
    for (let parent = posix.dirname(path); parent !== '/'; parent = posix.dirname(parent)) {
      if (!byPath.has(parent)) byPath.set(parent, { kind: 'folder', path: parent });
    }
  }
  return [...byPath.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function owned(entry: { mode?: number; owner?: number }, mode: number) {
  return { mode: entry.mode ?? mode, owner: entry.owner ?? 0 };
}

interface Header {
  path: string;
  type: '0' | '2' | '5';
  size: number;
  mode: number;
  owner: number;
  target?: string;
}

function header({ path, type, size, mode, owner, target = '' }: Header): Buffer {
  const block = Buffer.alloc(BLOCK);
  const { prefix, name } = splitPath(path);
  if (Buffer.byteLength(target) > 100)
    throw new Error(`a tar archive has no room for the link target ${target}`);
  block.write(name, 0);
  block.write(octal(mode, 7), 100);
  block.write(octal(owner, 7), 108);
  block.write(octal(owner, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(0, 11), 136);
  block.write(' '.repeat(8), 148);
  block.write(type, 156);
  block.write(target, 157);
  block.write('ustar\x0000', 257);
  block.write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148);
  return block;
}

/** A long path is cut at a slash, into at most 155 bytes and at most 100. */
function splitPath(path: string): { prefix: string; name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path };
  for (let at = path.indexOf('/'); at > 0 && at < path.length - 1; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100) return { prefix, name };
  }
  throw new Error(`a tar archive has no room for the path ${path}`);
}

const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
const padding = (size: number) => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
