/** The log: lines of JSON on standard output, or lines for people. Parameters and results of calls never get here. */

import { Writable } from 'node:stream'
import { type DestinationStream, type Logger, pino } from 'pino'
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

/** What a driver tells beside the message (the row that was in the way) stays out of the log. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message, stack } = error
  return {
    name,
    message,
    stack,
    ...('code' in error && { code: error.code }),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  }
}

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
