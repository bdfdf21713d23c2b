/** The log: lines of JSON on standard output, or lines for people. Parameters and results of calls never get here. */

import { Writable } from 'node:stream'
import { type DestinationStream, type Logger, pino } from 'pino'
import { DriverError } from '../src/drivers/driver.ts'
import type { DaemonConfig } from './config/shape.ts'

const secret = [
  'password',
  'currentPassword',
  'newPassword',
  'token',
  'accessToken',
  'refreshToken',
  'authorization',
  'cookie',
]

/** @param out where it goes; standard output when absent */
export function createLog({ level, format }: DaemonConfig['logging'], out?: DestinationStream): Logger {
  const target = out ?? process.stdout
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secret.flatMap((name) => [name, `*.${name}`]), censor: '(secret)' },
      serializers: { err: describeError },
    },
    format === 'pretty' ? forPeople(target) : target,
  )
}

/** What a driver tells beside the message (the row that was in the way) stays out of the log, and so do values in it. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, stack = '' } = error
  // A driver's error has the words of the one below it.
  const isServers = isOfDatabase(error) || (error instanceof DriverError && isOfDatabase(error.cause))
  const message = isServers ? withoutValues(error.message) : error.message
  return {
    name,
    message,
    // It begins with the message.
    stack: stack
      .split('\n')
      .filter((line) => /^ +at /.test(line))
      .join('\n'),
    ...('code' in error && { code: error.code }),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  }
}

/** As `pg`, `mysql2` and Prisma make them. */
const isOfDatabase = (error: unknown): boolean =>
  error instanceof Error && ['severity', 'sqlMessage', 'clientVersion'].some((name) => name in error)

/**
 * Servers quote the values that they do not like ("invalid input syntax for type uuid: …", "Duplicate entry …", "Key (…)=(…)"),
 * and names.
 */
const withoutValues = (message: string): string => message.replace(/'.*'|".*"|\(.*\)=\(.*\)/gs, '(…)')

function forPeople(target: DestinationStream): DestinationStream {
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      const { time, level, msg, ...more } = JSON.parse(line) as Record<string, unknown>
      const label = pino.levels.labels[Number(level)] ?? String(level)
      const rest = Object.entries(more).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
      target.write(`${time} ${label.toUpperCase().padEnd(5)} ${msg}${rest.join('')}\n`)
      done()
    },
  })
}
