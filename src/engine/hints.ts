import { KNOWN_TROUBLES, type HintSource } from './known-troubles.ts';

/** What to do about what a text tells: of the API server, of an object store, or of a command's log. The first entry that fits says it. */
export function hintOf(text: string, from: HintSource): string | undefined {
  for (const trouble of KNOWN_TROUBLES) {
    if (trouble.from !== undefined && trouble.from !== from) continue;
    const found = trouble.pattern.exec(text);
    if (found)
      return trouble.hint.replaceAll(
        /\$(?:(\d)|<(\w+)>)/g,
        (_, place, name) => (name === undefined ? found[Number(place)] : found.groups?.[String(name)]) ?? '',
      );
  }
  return undefined;
}
