import type { Mark } from './source.ts';

/** What is wrong with a YAML text, in the words of Go's reader, and where. Holds nothing of the text but names of anchors and keys. */
export class YamlFault extends Error {
  override name = 'YamlFault';
  readonly mark: Mark | undefined;
  /** The whole text of Go's error, whose line is not always the one where the fault is. */
  readonly goMessage: string;

  constructor(reason: string, mark?: Mark, goMessage: string = `yaml: ${reason}`) {
    super(reason);
    this.mark = mark;
    this.goMessage = goMessage;
  }
}

/** A fault in a token. `from` is where the token begins. */
export function scannerFault(problem: string, mark: Mark, from: Mark): YamlFault {
  const line = mark.line === 0 ? from.line : mark.line + 1;
  return new YamlFault(problem, mark, goText(problem, line));
}

/** A token in the wrong place. `from` is where the construct around it begins. */
export function parserFault(problem: string, mark: Mark, from?: Mark): YamlFault {
  return new YamlFault(problem, mark, goText(problem, mark.line === 0 ? (from?.line ?? 0) : mark.line));
}

function goText(problem: string, line: number): string {
  return `yaml: ${line === 0 ? '' : `line ${line}: `}${problem}`;
}
