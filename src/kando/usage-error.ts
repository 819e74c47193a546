/** The command line is at fault: the usage of its command is shown before the message. */
export class UsageError extends Error {
  override name = 'UsageError';
}
