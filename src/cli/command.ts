/** What a command is to the command line. */

export interface Terminal {
  /** The folder that paths start from. */
  readonly folder: string
  print(text: string): void
}

export interface Command {
  /** One line for the list of commands. */
  readonly summary: string
  readonly usage: string
  /** @returns the exit code */
  run(args: readonly string[], terminal: Terminal): Promise<number>
}

/** Something is wrong with what was asked: told in one line, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
