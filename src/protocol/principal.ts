/** Who calls. Decided by the host, never by a request. */

/** From the least to the most powerful; the index plus one is `$user.level`. */
export const roles = ['public', 'user', 'admin', 'god', 'supergod'] as const
export type Role = (typeof roles)[number]

/** `system` is the engine's own actor; no caller can be it. */
export type Actor = Role | 'system'

export interface Principal {
  readonly role: Actor
  /** Null for `public` and `system`. */
  readonly userId: string | null
  readonly username: string | null
  readonly email: string | null
  readonly sessionId: string | null
}

/** 1 for `public` to 5 for `supergod`; `system` outranks all. */
export function levelOf(role: Actor): number {
  return role === 'system' ? roles.length + 1 : roles.indexOf(role) + 1
}

export const publicPrincipal: Principal = {
  role: 'public',
  userId: null,
  username: null,
  email: null,
  sessionId: null,
}

export const systemPrincipal: Principal = { ...publicPrincipal, role: 'system' }
