import type { Role } from '@metabuilder/dbal'

/** Someone the visitor can be. Each is a client of its own over the same database. */
export interface Identity {
  readonly role: Role
  readonly name: string
  /** What the app says about who is signed in; null is nobody. */
  readonly user: {
    readonly id: string
    readonly role: Exclude<Role, 'public'>
    readonly username: string
    readonly email: string
  } | null
  readonly summary: string
}

const person = (last: string, role: Exclude<Role, 'public'>, username: string) => ({
  id: `0198c000-0000-7000-8000-0000000000${last}`,
  role,
  username,
  email: `${username}@lantern-books.example`,
})

export const identities: readonly Identity[] = [
  {
    role: 'public',
    name: 'A visitor',
    user: null,
    summary: 'Not signed in. Sees published pages of level 1.',
  },
  {
    role: 'user',
    name: 'Customer',
    user: person('02', 'user', 'customer'),
    summary: 'Buys books. Sees pages up to level 2 and the own account.',
  },
  {
    role: 'admin',
    name: 'Manager',
    user: person('03', 'admin', 'manager'),
    summary: 'Runs the shop. Manages users, reads installed packages.',
  },
  {
    role: 'god',
    name: 'Builder',
    user: person('04', 'god', 'builder'),
    summary: 'Builds the site: pages, components, workflows, scripts.',
  },
  {
    role: 'supergod',
    name: 'Owner',
    user: person('05', 'supergod', 'owner'),
    summary: 'Owns the installation. Outranks everyone.',
  },
]

export function identityOf(role: Role): Identity {
  const identity = identities.find((candidate) => candidate.role === role)
  if (!identity) throw new RangeError(`${role} is no role of the studio`)
  return identity
}
