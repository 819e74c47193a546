import { booleanFlag, listFlag, textFlag } from './flag.ts';
import { folderFlag } from './sandbox-state.ts';
import { UsageError } from './usage-error.ts';

/** How a sandbox is to run. */
export const sandboxFlags = {
  ...folderFlag,
  port: textFlag({ usage: 'port of the API server; when absent the one it had before, or any free one' }),
  images: textFlag({ usage: 'file (YAML or JSON) with a list of images besides the built-in ones' }),
  nodes: listFlag({ usage: 'names of its nodes: name,…; one named sandbox when absent' }),
  rbac: booleanFlag({ usage: 'enforce roles and their bindings' }),
  reset: booleanFlag({ usage: 'begin with an empty cluster; the content of the object store stays' }),
};

/** Values of {@link sandboxFlags}; the folder is absolute. */
export interface ServeOptions {
  folder: string;
  port: string;
  images: string;
  nodes: string[];
  rbac: boolean;
  reset: boolean;
}

/** @throws {UsageError} */
export function portNumber({ port }: ServeOptions): number {
  if (port === '') return 0;
  if (/^\d{1,5}$/.test(port) && Number(port) <= 65_535) return Number(port);
  throw new UsageError(`--port is ${JSON.stringify(port)}: expected a port number`);
}

/** The command line that gives these options. */
export function serveArguments({ folder, port, images, nodes, rbac, reset }: ServeOptions): string[] {
  return [
    `--folder=${folder}`,
    ...(port === '' ? [] : [`--port=${port}`]),
    ...(images === '' ? [] : [`--images=${images}`]),
    ...(nodes.length === 0 ? [] : [`--nodes=${nodes.join(',')}`]),
    ...(rbac ? ['--rbac'] : []),
    ...(reset ? ['--reset'] : []),
  ];
}
