/**
 * Runs the demo on a terminal of its own and draws what it printed: `node scripts/draw-demo.ts` writes docs/demo.svg, the picture in the
 * README. Needs util-linux's `script`, and the built programs.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const COLUMNS = 140;
const FONT_SIZE = 13;
const LINE_HEIGHT = 18;
const CHARACTER_WIDTH = 7.8;
const MARGIN = 16;

/** What the demo uses of SGR, on a dark ground. */
const COLOURS: Record<string, string> = {
  '31': '#ff7b72',
  '32': '#7ee787',
  '33': '#e3b341',
  '36': '#79c0ff',
};
/** What the demo writes before it shows a step anew; `\r` is gone by then. */
const CLEAR_LINE = '\u001b[2K';
/** An SGR sequence; the escape character itself is kept out of the patterns. */
const SGR = new RegExp(`${String.fromCharCode(27)}\\[([\\d;]*)m`, 'g');
const FOREGROUND = '#e6edf3';
const DIM = '#8b949e';

writeFileSync(join(root, 'docs/demo.svg'), draw(record().split('\n')));

/** What the demo prints on a terminal, escape sequences and all. */
function record(): string {
  const folder = mkdtempSync(join(tmpdir(), 'picture-'));
  try {
    const file = join(folder, 'typescript');
    const command = `stty cols ${COLUMNS}; exec "${process.execPath}" test/demo/demo.ts`;
    execFileSync('script', ['--quiet', '--return', '--command', command, file], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const lines = readFileSync(file, 'utf8').replaceAll('\r', '').split('\n');
    // The first and last line are script's own; of a line that was written over, the last state counts.
    const shown = lines.map((line) => line.split(CLEAR_LINE).at(-1) ?? '');
    return shown
      .slice(1)
      .join('\n')
      .replace(/\n+Script done[^\n]*\n*$/, '')
      .trim();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function draw(lines: string[]): string {
  const prompt = ['\u001b[32m$\u001b[0m npm run demo', ''];
  const all = [...prompt, ...lines].flatMap(fold);
  const width = Math.ceil(COLUMNS * CHARACTER_WIDTH + 2 * MARGIN);
  const height = all.length * LINE_HEIGHT + 2 * MARGIN;
  const text = all.map((line, index) => drawLine(line, MARGIN + (index + 1) * LINE_HEIGHT - 5)).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="Output of npm run demo">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}" xml:space="preserve">
${text}
</g>
</svg>
`;
}

function drawLine(line: string, y: number): string {
  let column = 0;
  let fill = FOREGROUND;
  let weight = '';
  const spans: string[] = [];
  // Splitting by a pattern with a group gives text and codes in turn.
  for (const [index, piece] of line.split(SGR).entries()) {
    if (index % 2 === 0) {
      if (piece.trim() !== '') {
        const x = (MARGIN + column * CHARACTER_WIDTH).toFixed(1);
        const length = (Array.from(piece).length * CHARACTER_WIDTH).toFixed(1);
        spans.push(
          `<text x="${x}" y="${y}" fill="${fill}"${weight} textLength="${length}">${escape(piece)}</text>`,
        );
      }
      column += Array.from(piece).length;
      continue;
    }
    for (const code of piece.split(';')) {
      if (code === '1') weight = ' font-weight="bold"';
      else if (code === '2') fill = DIM;
      else if (code in COLOURS) fill = COLOURS[code] ?? FOREGROUND;
      else [fill, weight] = [FOREGROUND, ''];
    }
  }
  return spans.join('');
}

/** A line as the terminal shows it: broken after its last column, and without colour then. */
function fold(line: string): string[] {
  const plain = line.replaceAll(SGR, '');
  if (Array.from(plain).length <= COLUMNS) return [line];
  const pieces: string[] = [];
  for (let rest = Array.from(plain); rest.length > 0; rest = rest.slice(COLUMNS))
    pieces.push(rest.slice(0, COLUMNS).join(''));
  return pieces;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
