/** The first administrator: without one nobody could ever sign in to a new database. */

import { randomInt } from 'node:crypto'
import type { PasswordHasher } from '../src/engine/passwords.ts'
import { DBALError } from '../src/protocol/error.ts'
import { ConfigError } from './config/read.ts'
import type { DaemonConfig } from './config/shape.ts'
import type { System } from './system.ts'

export interface BootstrapOptions {
  readonly system: System
  readonly passwords: PasswordHasher
  readonly given: DaemonConfig['security']['bootstrap']
  /** Told once of a password that was made here; it stands nowhere else. */
  readonly announce: (line: string) => void
}

/** Makes the administrator when the database has no user at all; resolves with the name of who was made, or null. */
export async function bootstrap({
  system,
  passwords,
  given,
  announce,
}: BootstrapOptions): Promise<string | null> {
  if ((await system.call('count', ['User'])) !== 0) return null
  const {
    username = 'admin',
    password = randomPassword(),
    email = `${username}@localhost.invalid`,
  } = given ?? {}
  const user = { username, email, role: 'supergod' }
  const credential = { username, passwordHash: await passwords.hash(password), firstLogin: true }
  try {
    await system.call('batch', [
      [
        { method: 'create', params: ['User', user] },
        { method: 'create', params: ['Credential', credential] },
      ],
    ])
  } catch (error) {
    // Another daemon over the same database was first.
    if (error instanceof DBALError && error.is('CONFLICT')) return null
    if (error instanceof DBALError && error.is('VALIDATION_ERROR'))
      throw new ConfigError(
        (error.details?.issues ?? []).map(
          ({ path, message }) => `security.bootstrap.${path.split('.').at(-1)}: ${message}`,
        ),
      )
    throw error
  }
  if (!given) announce(JSON.stringify({ event: 'administrator-created', username, password }))
  return username
}

const lower = 'abcdefghijkmnopqrstuvwxyz'
const kinds = [lower, lower.toUpperCase(), '23456789', '-_.+']

/** 24 characters, at least one of each kind, of about 140 random bits. */
function randomPassword(): string {
  const all = kinds.join('')
  const one = (from: string) => from.charAt(randomInt(from.length))
  const characters = [...kinds.map(one), ...Array.from({ length: 20 }, () => one(all))]
  for (let at = characters.length - 1; at > 0; at--) {
    const other = randomInt(at + 1)
    ;[characters[at], characters[other]] = [characters[other] as string, characters[at] as string]
  }
  return characters.join('')
}
