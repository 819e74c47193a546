/** A word that a shell reads as exactly this text. */
export const shellWord = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
