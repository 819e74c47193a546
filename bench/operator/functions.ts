import { defineFunction } from '../../src/engine/function.ts';

/** What `--functions` loads. */
export const functions = [
  defineFunction({
    name: 'Noop',
    doc: 'Returns at once.',
    args: {},
    outputs: {},
    permissions: [],
    revision: 1,
    run: () => Promise.resolve(undefined),
  }),
];
