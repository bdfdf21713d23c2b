/** Passwords: the port to a hasher of the host's, and the rule of what is strong enough. */

import { type Issue, invalidAll } from '../protocol/error.ts'

/** Hashes with argon2id (19 MiB, 2 passes, 1 lane) into a PHC string. */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  /** False for a wrong password and for an encoded form that is not understood. */
  verify(password: string, encoded: string): Promise<boolean>
  /** Whether a password that matched this form should be hashed anew: another algorithm, or weaker parameters. */
  isOutdated(encoded: string): boolean
}

/** What a user needs to set a new password. The token is in no log and no table: who is sent it has it. */
export interface PasswordReset {
  readonly userId: string
  readonly username: string
  readonly email: string
  readonly token: string
  /** ISO 8601 */
  readonly expiresAt: string
}

/** @throws DBALError VALIDATION_ERROR naming each missing property of the password, never the password */
export function checkPassword(password: unknown, path = 'password'): asserts password is string {
  const issues: Issue[] = []
  const refuse = (message: string) => issues.push({ path, message })
  if (typeof password !== 'string') {
    refuse('must be a string')
  } else {
    const length = [...password].length
    if (length < 8 || length > 128) refuse('must have 8 to 128 characters')
    if (!/\p{Ll}/u.test(password)) refuse('needs a lower-case letter')
    if (!/\p{Lu}/u.test(password)) refuse('needs an upper-case letter')
    if (!/\p{Nd}/u.test(password)) refuse('needs a digit')
    if (!/[^\p{L}\p{N}\s]/u.test(password)) refuse('needs a special character')
  }
  if (issues.length > 0) throw invalidAll(issues)
}
