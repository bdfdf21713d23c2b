/** What keeps a daemon from starting that is no fault of its own, in a line that says what to do. */

import { DriverError } from '../src/drivers/driver.ts'
import { DBALError } from '../src/protocol/error.ts'
import { ConfigError } from './config/read.ts'
import type { DaemonConfig } from './config/shape.ts'

/** SQLite's and the system's codes, and SQLSTATEs; what a server says in words of its own follows. */
const advice: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'is the server running, and are host and port right?',
  ETIMEDOUT: 'is the server running, and does a firewall let the daemon through?',
  '28P01': 'are user and password right?',
  '28000': 'is this user let in from here?',
  '3D000': 'make it first',
  1045: 'are user and password right?',
  14: 'its folder must be there, and the daemon’s user must have the right to write there',
  8: 'the daemon’s user must have the right to write the file and its folder',
}

/** Without the name of a host that is not found: the end of a password that is not percent-encoded is read as one. */
const encoded = 'in a url @ : / ? # and % of a password are percent-encoded'
const unread = `it cannot be read; ${encoded}`
const unknownHost = `the name of its host is not known; ${encoded}`

/** Any error of a driver's while the database is opened. */
export function toDatabaseError(error: unknown, { url, connection }: DaemonConfig['database']): unknown {
  if (error instanceof DBALError || error instanceof ConfigError) return error
  // SQLite's number comes as `errcode` from Node itself, as `code` from the driver.
  const { code: name, errcode = name } = error as { code?: unknown; errcode?: unknown }
  const code = String(errcode ?? '')
  const isUnread = error instanceof URIError || code === 'ERR_INVALID_URL'
  if (!(error instanceof DriverError) && code === '' && !isUnread) return error
  const key = url === undefined && connection ? 'database.connection' : 'database.url'
  const said = (error as Error).message
  const hint = advice[code]
  const known = hint === undefined ? said : `${said}; ${hint}`
  const text = isUnread ? unread : said.startsWith('getaddrinfo ') ? unknownHost : known
  return new DBALError(
    'DATABASE_ERROR',
    `${key}: the database does not open: ${text}`,
    { reason: 'cantOpen' },
    { cause: error },
  )
}

/** @param error of a server that was to listen */
export function toListenError(error: unknown, { host, port }: DaemonConfig['server']): unknown {
  const { code, message } = error as { code?: unknown; message: string }
  if (typeof code !== 'string') return error
  if (code === 'EADDRINUSE')
    return listenError(
      `server.port: ${port} is taken on ${host}; end what listens there, or name another`,
      error,
    )
  if (code === 'EACCES')
    return listenError(
      `server.port: the daemon’s user has no right to listen on ${port}; name one above 1023`,
      error,
    )
  return listenError(`server.host: cannot be listened on (${message})`, error)
}

/** With its code, by which the command line knows that the message is all there is to say. */
const listenError = (text: string, cause: unknown): Error =>
  Object.assign(new Error(text, { cause }), { code: (cause as { code: string }).code })
