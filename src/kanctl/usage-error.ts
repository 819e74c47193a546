import type { Command } from 'commander';

/** The command line is at fault: the usage of the command is shown with the message. */
export class UsageError extends Error {
  /** Absent until it passes the command that it is about. */
  readonly command: Command | undefined;

  constructor(message: string, command?: Command) {
    super(message);
    this.name = 'UsageError';
    this.command = command;
  }
}
