import type { Writable } from 'node:stream';
import type { Clock } from '../../src/kubernetes/clock.ts';

/** Tells a story in steps as it goes; in colour, and with the current step shown while it runs, on terminals only. */
export interface Narration {
  /** Does `action`, and says how long it took; `title` may say what came out of it. A failed step is shown as such. */
  step<T>(title: string, action: () => Promise<T>, outcome?: (result: T) => string): Promise<T>;
  heading(text: string): void;
  /** Something that a reader could type. */
  command(text: string): void;
  /** What another program printed, indented. */
  quote(text: string): void;
  line(text?: string): void;
}

export function createNarration(
  out: Writable & { isTTY?: boolean; columns?: number },
  clock: Clock,
): Narration {
  const terminal = out.isTTY === true;
  const paint = (code: number, text: string) => (terminal ? `\x1b[${code}m${text}\x1b[0m` : text);
  const write = (text: string) => void out.write(text);

  return {
    async step(title, action, outcome) {
      const start = clock.monotonic();
      const seconds = () => `${((clock.monotonic() - start) / 1000).toFixed(2)} s`.padStart(8);
      if (terminal) write(`  ${paint(DIM, '…')} ${paint(DIM, title)}`);
      const show = (mark: string, text: string) => write(`${terminal ? CLEAR_LINE : ''}${mark} ${text}\n`);
      try {
        const result = await action();
        const detail = outcome ? paint(DIM, `: ${outcome(result)}`) : '';
        show(`${paint(DIM, seconds())}  ${paint(GREEN, '✓')}`, `${title}${detail}`);
        return result;
      } catch (error) {
        show(`${paint(DIM, seconds())}  ${paint(RED, '✗')}`, title);
        throw error;
      }
    },
    heading: (text) => write(`\n${paint(BOLD, text)}\n\n`),
    command: (text) => write(`${' '.repeat(INDENT)}${paint(CYAN, `$ ${text}`)}\n`),
    quote: (text) => write(text.trimEnd().replace(/^(?=.)/gm, ' '.repeat(INDENT)) + '\n'),
    line: (text = '') => write(`${text}\n`),
  };
}

const INDENT = 12;
const CLEAR_LINE = '\r\x1b[2K';
const BOLD = 1;
const DIM = 2;
const RED = 31;
const GREEN = 32;
const CYAN = 36;
