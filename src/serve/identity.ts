/** Who a trusted page says is signed in, as the engine's principal. */

import { invalidAll } from '../protocol/error.ts'
import { type Principal, publicPrincipal, type Role, roles } from '../protocol/principal.ts'
import { Reader } from '../schema/read.ts'

/** `public` is nobody, and `system` is the engine itself: neither signs in. */
const signedIn = roles.filter((role): role is Exclude<Role, 'public'> => role !== 'public')

const identity = { id: 'string', role: signedIn, username: 'string', email: 'string', session: 'string' } as const

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
  if (read.issues.length > 0 || !id || !role) throw invalidAll(read.issues)
  return { role, userId: id, username, email, sessionId: session }
}
