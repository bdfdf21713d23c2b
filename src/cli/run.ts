/** The command line as a function: arguments in, exit code out. */

import { DBALError } from '../protocol/error.ts'
import { type Command, type Terminal, UsageError } from './command.ts'
import { conformance } from './conformance.ts'
import { copy } from './copy/copy.ts'
import { describe } from './describe.ts'
import { introspect } from './introspect.ts'
import { migrateGenerate } from './migrate-generate.ts'
import { verify } from './verify.ts'

const commands: Readonly<Record<string, Command>> = {
  'migrate:generate': migrateGenerate,
  copy,
  introspect,
  describe,
  conformance,
  verify,
}

/** @returns 0 when all went well, 1 when the answer is no, 2 when the question was wrong */
export async function runCommand(
  args: readonly string[],
  terminal: Terminal,
  printError: (text: string) => void,
): Promise<number> {
  const [name, ...rest] = args
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) {
    const asked = name === undefined || name === '--help' || name === '-h'
    ;(asked ? terminal.print : printError)(asked ? overview : `There is no command ${name}.\n\n${overview}`)
    return asked ? 0 : 2
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    terminal.print(command.usage)
    return 0
  }
  try {
    return await command.run(rest, terminal)
  } catch (error) {
    if (!isExpected(error)) throw error
    printError(error.message)
    return 2
  }
}

const overview = `Usage: dbal <command>

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(18)}${summary}`)
  .join('\n')}

"dbal <command> --help" tells more.`

/** The caller's mistake, which needs no stack: bad arguments, a bad schema, a bad file. */
function isExpected(error: unknown): error is Error {
  if (error instanceof UsageError || error instanceof DBALError) return true
  return (
    error instanceof TypeError && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS')
  )
}
