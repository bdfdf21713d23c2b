/** The command line of the daemon: starts it, drains it on a signal, tells in a line why it does not start. */

import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { DBALError } from '../src/protocol/error.ts'
import { ConfigError, readConfiguration } from './config/read.ts'
import { createLog } from './log.ts'
import { startWith } from './start.ts'
import { version } from './version.ts'

const usage = `dbal-daemon [--config dbal.yaml] [--version]

Serves a database over WebSockets. Without a configuration: the SQLite file ./app.sqlite on ws://127.0.0.1:50051.
Every key of the configuration has a variable in the environment: DBAL_SERVER_PORT, DBAL_DATABASE_URL, …
`

/** As in sysexits.h: the configuration is not right. */
const badConfiguration = 78

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: 'string', short: 'c' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
    },
  })
  if (values.version) {
    process.stdout.write(`${version}\n`)
    return
  }
  if (values.help) {
    process.stdout.write(usage)
    return
  }
  // The database holds hashes of passwords, the audit log who did what: for other users of the machine, neither.
  process.umask(process.umask() | 0o077)
  const yaml = values.config === undefined ? '' : await readConfigFile(values.config)
  const config = readConfiguration(yaml, process.env)
  const log = createLog(config.logging)
  const starting = startWith(config, { log })
  // A signal that comes while it starts lets it finish, a migration above all. The second one ends it at once.
  const stop = (signal: string) => {
    log.info({ signal }, 'signal')
    starting
      .then((daemon) => daemon.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          log.fatal({ err: error }, 'stopping failed')
          process.exit(1)
        },
      )
  }
  // SIGHUP: a terminal that is closed. It would end the process in the middle of what it does.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => stop(signal))
  for (const kind of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(kind, (error: unknown) => {
      // Nothing is known about the state any more; whoever supervises starts a new process.
      log.fatal({ err: error }, kind)
      process.exit(1)
    })
  }
  await starting
}

async function readConfigFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'there is no file' : `${code}: cannot read`
    throw new ConfigError([`--config: ${reason} ${path}`])
  }
}

/** Ends the process with 78 where the command or the configuration is not right, with 1 for anything else. */
export async function main(): Promise<void> {
  try {
    await run()
  } catch (error) {
    const { code, message, stack } = error as Error & { code?: unknown }
    const isUsage = typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS_')
    const isExpected = error instanceof ConfigError || error instanceof DBALError || code !== undefined
    process.stderr.write(`${isExpected ? message : (stack ?? String(error))}\n`)
    process.exit(isUsage || error instanceof ConfigError ? badConfiguration : 1)
  }
}
