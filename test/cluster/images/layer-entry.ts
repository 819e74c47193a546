/** One path of an image's layer. Paths are absolute; owners are root's where none is given. */
export type LayerEntry =
  | { kind: 'folder'; path: string; mode?: number; owner?: number }
  | { kind: 'link'; path: string; target: string }
  /** A file of this machine, by its contents. */
  | { kind: 'copy'; path: string; source: string; mode?: number }
  | { kind: 'text'; path: string; text: string; mode?: number };

export const folder = (path: string, mode = 0o755, owner = 0): LayerEntry => ({
  kind: 'folder',
  path,
  mode,
  owner,
});
export const link = (path: string, target: string): LayerEntry => ({ kind: 'link', path, target });
export const text = (path: string, content: string, mode = 0o644): LayerEntry => ({
  kind: 'text',
  path,
  text: content,
  mode,
});
