import { define } from '../function.ts';
import type { FunctionMap } from '../function.ts';
import { string } from '../value.ts';

/**
 * `env` and `expandenv` see only the variables given here: the original shows a Blueprint the whole environment of the
 * controller, credentials included.
 */
export function environmentFunctions(environment: Readonly<Record<string, string>>): FunctionMap {
  const read = (name: string) => (Object.hasOwn(environment, name) ? (environment[name] ?? '') : '');
  return {
    env: define(['string'], (name) => string(read(name))),
    expandenv: define(['string'], (text) => string(expand(text, read))),
  };
}

/** Go's `os.ExpandEnv`: `$name`, `${name}`, and the shell's one-character names; a broken `${` is eaten. */
function expand(text: string, read: (name: string) => string): string {
  return text.replace(
    /\$(?:\{([^}]*)(\}?)|([*#$@!?0-9-])|([A-Za-z_][A-Za-z0-9_]*))/g,
    (all, braced?: string, close?: string, special?: string, name?: string) => {
      if (braced === undefined) return read(special ?? name ?? '');
      if (close === '') return all.slice(2);
      return /^(?:[*#$@!?0-9-]|[A-Za-z0-9_]+)$/.test(braced)
        ? read(braced)
        : braced === ''
          ? ''
          : read(braced);
    },
  );
}
