import type { Command, Option } from 'commander';

/** Help in the layout of the original's command-line library (spf13/cobra). */
export function cobraHelp(command: Command): string {
  return `${command.description()}\n\n${cobraUsage(command)}`;
}

/** The help without its first paragraph, as it is shown after an error. */
export function cobraUsage(command: Command): string {
  const path = pathOf(command);
  const isGroup = command.commands.length > 0;
  const inherited = new Set(
    ancestors(command).flatMap((ancestor) => ancestor.options.map(({ long }) => long)),
  );
  const help = { flags: '-h, --help', description: `help for ${command.name()}` };
  const own = [...command.options.filter(({ long }) => !inherited.has(long)), help];
  const sections = [
    `Usage:\n  ${path} ${isGroup ? '[command]' : command.usage()}`,
    isGroup ? `Available Commands:\n${commandTable(command)}` : '',
    `Flags:\n${flagTable(own)}`,
    inherited.size > 0 ? `Global Flags:\n${flagTable(inheritedOptions(command))}` : '',
    isGroup ? `Use "${path} [command] --help" for more information about a command.` : '',
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** Each once: a group repeats the flags of the groups above it. `kanctl --version` has a meaning only there. */
function inheritedOptions(command: Command): Option[] {
  const options = ancestors(command).flatMap((ancestor) => ancestor.options);
  return options.filter(
    ({ long }, index) =>
      long !== '--version' && options.findIndex((option) => option.long === long) === index,
  );
}

function commandTable({ commands }: Command): string {
  const rows = commands
    .filter((command) => !command.name().startsWith('_'))
    .map((command) => [command.name(), command.summary() || command.description()] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const width = Math.max(11, ...rows.map(([name]) => name.length));
  return rows.map(([name, summary]) => `  ${name.padEnd(width)} ${summary}`).join('\n');
}

function flagTable(options: readonly Pick<Option, 'flags' | 'description'>[]): string {
  const rows = options
    .map((option) => ({ option, ...spellings(option.flags) }))
    .toSorted((a, b) => (a.long.toLowerCase() < b.long.toLowerCase() ? -1 : 1))
    .map(({ option, long, short, placeholder }) => [
      `  ${short === '' ? '    ' : `${short}, `}${long}${placeholder === '' ? '' : ` ${placeholder}`}`,
      `${option.description}${defaultOf(option)}`,
    ]);
  const width = Math.max(...rows.map(([flag = '']) => flag.length));
  return rows.map(([flag = '', usage]) => `${flag.padEnd(width)}   ${usage}`).join('\n');
}

function spellings(flags: string): { short: string; long: string; placeholder: string } {
  const [, short = '', long = '', placeholder = ''] =
    /^(?:(-\w), )?(--[\w-]+)(?: [<[](.*)[>\]])?$/.exec(flags) ?? [];
  return { short, long, placeholder };
}

function defaultOf(option: object): string {
  const value: unknown = 'defaultValue' in option ? option.defaultValue : undefined;
  return typeof value === 'string' ? ` (default ${JSON.stringify(value)})` : '';
}

function ancestors({ parent }: Command): Command[] {
  return parent ? [parent, ...ancestors(parent)] : [];
}

function pathOf(command: Command): string {
  return [command, ...ancestors(command)]
    .map((each) => each.name())
    .toReversed()
    .join(' ');
}
