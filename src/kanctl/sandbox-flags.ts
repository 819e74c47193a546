import { textFlag } from './flag.ts';
import { folderFlag } from './sandbox-state.ts';

/** How a sandbox is to run. */
export const sandboxFlags = {
  ...folderFlag,
  port: textFlag({ usage: 'port of the API server; any free one when absent' }),
  images: textFlag({ usage: 'file (YAML or JSON) with a list of images besides the built-in ones' }),
};
