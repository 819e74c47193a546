/**
 * Writes src/gotemplate/zone-abbreviations.ts: the abbreviations that the time zone database has for the offsets of each zone, read
 * from compiled zone files (RFC 8536). Offsets themselves come from the runtime; it lacks only their short names.
 *
 *     node scripts/zone-abbreviations.ts [/usr/share/zoneinfo]
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const HEADER_LENGTH = 44;
const folder = process.argv[2] ?? '/usr/share/zoneinfo';
const zonesBySpecification = new Map<string, string[]>();
for (const name of zoneNames('')) {
  const specification = specify(readFileSync(join(folder, name)));
  zonesBySpecification.set(specification, [...(zonesBySpecification.get(specification) ?? []), name]);
}
const lines = [...zonesBySpecification].map(
  ([specification, names]) => `${specification}\t${names.join(' ')}`,
);
const output = new URL('../src/gotemplate/zone-abbreviations.ts', import.meta.url);
writeFileSync(
  output,
  `/**
 * Short names of offsets in the time zone database: for each offset its name, with \`,FROM=NAME\` for each time (Unix seconds) from
 * which it has another one; then, behind a tab, the zones in which it is so. Offsets without a letter in their name are left out.
 * scripts/zone-abbreviations.ts writes this file.
 */
export const zoneAbbreviations = \`\\
${lines.toSorted().join('\n')}
\`;
`,
);

function zoneNames(prefix: string): string[] {
  return readdirSync(join(folder, prefix)).flatMap((entry) => {
    const name = join(prefix, entry);
    if (['posix', 'right', 'localtime', 'posixrules', 'Factory'].includes(name)) return [];
    if (statSync(join(folder, name)).isDirectory()) return zoneNames(name);
    return readFileSync(join(folder, name)).toString('latin1', 0, 4) === 'TZif' ? [name] : [];
  });
}

interface Header {
  utcIndicators: number;
  standardIndicators: number;
  leaps: number;
  transitions: number;
  types: number;
  characters: number;
}

function headerAt(file: Buffer, at: number): Header {
  const [utcIndicators = 0, standardIndicators = 0, leaps = 0, transitions = 0, types = 0, characters = 0] =
    Array.from({ length: 6 }, (_, i) => file.readUInt32BE(at + 20 + 4 * i));
  return { utcIndicators, standardIndicators, leaps, transitions, types, characters };
}

function specify(file: Buffer): string {
  const first = headerAt(file, 0);
  const firstBlock =
    first.transitions * 5 +
    first.types * 6 +
    first.characters +
    first.leaps * 8 +
    first.standardIndicators +
    first.utcIndicators;
  const second = HEADER_LENGTH + firstBlock;
  const header = headerAt(file, second);
  const times = second + HEADER_LENGTH;
  const indexes = times + header.transitions * 8;
  const types = indexes + header.transitions;
  const characters = types + header.types * 6;
  const typeAt = (index: number) => {
    const at = types + index * 6;
    const start = characters + file.readUInt8(at + 5);
    return { offset: file.readInt32BE(at), name: file.toString('latin1', start, file.indexOf(0, start)) };
  };
  const changes = [{ from: -(2n ** 63n), ...typeAt(0) }];
  for (let i = 0; i < header.transitions; i++)
    changes.push({ from: file.readBigInt64BE(times + i * 8), ...typeAt(file.readUInt8(indexes + i)) });
  const rule = file.toString('latin1', characters + header.characters + header.leaps * 12);
  for (const { offset, name } of namesOfRule(rule)) changes.push({ from: 2n ** 62n, offset, name });
  return describe(changes);
}

/** The rule for times after the last change, `CET-1CEST,M3.5.0,M10.5.0/3`, is at the end of the file. */
function namesOfRule(text: string): { offset: number; name: string }[] {
  const rule = text.split('\n').at(-2) ?? '';
  const match = /^([A-Za-z]+|<[^>]+>)(-?[0-9:]+)(?:([A-Za-z]+|<[^>]+>)(-?[0-9:]+)?)?/.exec(rule);
  if (match === null) return [];
  const [, standard = '', west = '', summer, summerWest] = match;
  const offset = eastOf(west);
  const names = [{ offset, name: standard.replaceAll(/[<>]/g, '') }];
  if (summer === undefined) return names;
  // An hour ahead unless it says otherwise, as Ireland does, whose standard time is in summer.
  const summerOffset = summerWest === undefined ? offset + 3600 : eastOf(summerWest);
  return [...names, { offset: summerOffset, name: summer.replaceAll(/[<>]/g, '') }];
}

/** Rules count hours to the west; everything else counts seconds to the east. */
function eastOf(west: string): number {
  const [hours = '', minutes = '0'] = west.replace('-', '').split(':');
  const seconds = Number(hours) * 3600 + Number(minutes) * 60;
  return west.startsWith('-') ? seconds : -seconds;
}

/** `OFFSET:NAME` with `,FROM=NAME` for each later time at which the offset has another name; numeric names are left out, but for
 * the -00 of places without people. */
function describe(changes: readonly { from: bigint; offset: number; name: string }[]): string {
  const offsets = [...new Set(changes.map(({ offset }) => offset))].toSorted((a, b) => a - b);
  return offsets
    .map((offset) => {
      let text = '';
      let last: string | undefined;
      for (const change of changes.filter((candidate) => candidate.offset === offset)) {
        const name = /^(?:[A-Za-z]|-00$)/.test(change.name) ? change.name : '';
        if (name === last) continue;
        text += last === undefined ? name : `,${change.from}=${name}`;
        last = name;
      }
      return text === '' ? '' : `${offset}:${text}`;
    })
    .filter((text) => text !== '')
    .join(' ');
}
