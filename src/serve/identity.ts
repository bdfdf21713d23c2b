/** Who a trusted page says is signed in, as the engine's principal. */

import { invalidAll } from '../protocol/error.ts'
import { type Principal, publicPrincipal, type Role, roles } from '../protocol/principal.ts'
import { Reader } from '../schema/read.ts'

/** `public` is nobody, and `system` is the engine itself: neither signs in. */
const signedIn = roles.filter((role): role is Exclude<Role, 'public'> => role !== 'public')

const identity = {
  id: 'string',
  role: signedIn,
  username: 'string',
  email: 'string',
  session: 'string',
} as const

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The access token that stands in place of an identity: `{ token }`. Null for an identity, which `principalOf` reads. */
export function tokenOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('token' in value)) return null
  const { token } = new Reader().shape(value, { token: 'string' } as const, 'auth')
  // What is no text is no valid token either, and the engine says so.
  return token ?? ''
}

/**
 * @param value `{ id, role, username?, email?, session? }`, or null for `public`
 * @throws DBALError VALIDATION_ERROR
 */
export function principalOf(value: unknown): Principal {
  if (value === null || value === undefined) return publicPrincipal
  const read = new Reader()
  const { id, role, username = null, email = null, session = null } = read.shape(value, identity, 'auth')
  if (!id) read.note('auth.id', 'must be given')
  if (!role) read.note('auth.role', `must be one of ${signedIn.join(', ')}`)
  for (const [name, text] of Object.entries({ id, username, email, session })) {
    // The database would take it for another text, and rules for another user's name.
    if (typeof text === 'string' && (!text.isWellFormed() || text.includes('\0')))
      read.note(`auth.${name}`, 'holds half of a surrogate pair, or a NUL')
  }
  if (read.issues.length > 0 || !id || !role) throw invalidAll(read.issues)
  // Row ids are stored in lower case, and rules compare them with this one.
  return { role, userId: uuid.test(id) ? id.toLowerCase() : id, username, email, sessionId: session }
}
