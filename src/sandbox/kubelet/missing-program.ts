/** What runc says of a program that a container does not have: a path is looked at, a name is looked for. */
export function missingProgram(program: string): string {
  const found = program.includes('/')
    ? `stat ${program}: no such file or directory`
    : 'executable file not found in $PATH';
  return `exec: ${JSON.stringify(program)}: ${found}`;
}
