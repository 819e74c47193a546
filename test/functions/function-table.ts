import { ASPECTS, type Aspect, type FunctionCases, type Place } from './function-case.ts';

/** The cells of the table in which nothing is shown and that don't say why. */
export function emptyCells(rows: readonly FunctionCases[]): string[] {
  const places: Place[] = ['sandbox', 'cluster'];
  return rows.flatMap((row) =>
    ASPECTS.flatMap((aspect) =>
      places
        .filter((place) => cell(row, aspect, place) === undefined)
        .map((place) => `${row.function}, ${aspect}, ${place}`),
    ),
  );
}

/** A row a function, a column an aspect: how many cases, or a number whose note is the reason why there are none. */
export function printTable(rows: readonly FunctionCases[], place: Place): string {
  const notes: string[] = [];
  const lines = rows.map((row) => [
    row.function,
    ...ASPECTS.map((aspect) => {
      const content = cell(row, aspect, place);
      if (typeof content === 'number') return String(content);
      if (content === undefined) return 'EMPTY';
      if (!notes.includes(content)) notes.push(content);
      return `(${notes.indexOf(content) + 1})`;
    }),
  ]);
  const table = [[`on the ${place}`, ...ASPECTS], ...lines];
  const widths = [place, ...ASPECTS].map((_, column) =>
    Math.max(...table.map((line) => line[column]?.length ?? 0)),
  );
  const text = table.map((line) => line.map((item, column) => item.padEnd(widths[column] ?? 0)).join('  '));
  return [...text, ...notes.map((note, index) => `(${index + 1}) ${note}`)].join('\n');
}

/** How many cases it has, or why it has none. */
function cell(
  { cases, none = {} }: FunctionCases,
  aspect: Aspect,
  place: Place,
): number | string | undefined {
  const ofAspect = cases.filter((one) => one.aspect === aspect);
  const here = ofAspect.filter(({ only }) => only === undefined || only.on === place);
  if (here.length > 0) return here.length;
  return ofAspect.find(({ only }) => only !== undefined)?.only?.because ?? none[aspect];
}
