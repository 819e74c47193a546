import type { Mark } from './source.ts';

export type TokenType =
  | 'stream end'
  | 'version directive'
  | 'tag directive'
  | 'document start'
  | 'document end'
  | 'block sequence start'
  | 'block mapping start'
  | 'block end'
  | 'flow sequence start'
  | 'flow sequence end'
  | 'flow mapping start'
  | 'flow mapping end'
  | 'block entry'
  | 'flow entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

export interface Token {
  type: TokenType;
  start: Mark;
  end: Mark;
  /** A scalar's text, an anchor's name, a tag's handle, a version. */
  value: string;
  /** What stands behind the handle of a tag, or what a handle is short for. */
  suffix: string;
  /** Of a scalar: neither quoted nor a block. */
  isPlain: boolean;
}

export function tokenOf(type: TokenType, start: Mark, end: Mark, details: Partial<Token> = {}): Token {
  return { type, start, end, value: '', suffix: '', isPlain: false, ...details };
}
