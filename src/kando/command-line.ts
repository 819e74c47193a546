export interface CommandLine {
  /** What kando itself reads. */
  own: string[];
  /** The producer or consumer behind `--`; its flags are its own. */
  child: string[] | undefined;
}

/** Flags that take the next word as their value. */
const VALUED = new Set([
  '-v',
  '--verbosity',
  '-s',
  '--path',
  '-p',
  '--profile',
  '--profile-file',
  '-o',
  '--output-name',
]);

/**
 * Splits `location push|pull … -- COMMAND ARGS…` at the `--`. Elsewhere, and in front of a lone `-`, `--` ends the flags, as in every
 * command line.
 */
export function splitCommandLine(argv: readonly string[]): CommandLine {
  const end = argv.indexOf('--');
  const child = argv.slice(end + 1);
  const [group, verb = ''] = words(argv.slice(0, Math.max(end, 0)));
  const takesCommand = group === 'location' && (verb === 'push' || verb === 'pull');
  if (end < 0 || !takesCommand || (child.length === 1 && child[0] === '-'))
    return { own: [...argv], child: undefined };
  return { own: argv.slice(0, end), child };
}

function words(argv: string[]): string[] {
  return argv.filter((word, index) => !word.startsWith('-') && !VALUED.has(argv[index - 1] ?? ''));
}
