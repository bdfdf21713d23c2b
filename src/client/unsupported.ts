/** Members of the client that no backend of this version serves. Each fails at once, naming the capability it needs. */

import { DBALError } from '../protocol/error.ts'

const capabilities = {
  backup: 'backup',
  grant: 'grants',
  fromPort: 'grants',
} as const

const groups = {
  backup: ['create', 'list', 'restore', 'schedule', 'export', 'import'],
} as const

export function unsupported(member: keyof typeof capabilities): DBALError<'CAPABILITY_NOT_SUPPORTED'> {
  const capability = capabilities[member]
  return new DBALError(
    'CAPABILITY_NOT_SUPPORTED',
    `${member} needs "${capability}", which this version lacks`,
    {
      capability,
    },
  )
}

/** `client.backup`: every function rejects with CAPABILITY_NOT_SUPPORTED. */
export type UnsupportedGroup<Group extends keyof typeof groups> = {
  readonly [Name in (typeof groups)[Group][number]]: (...args: readonly unknown[]) => Promise<never>
}

export function unsupportedGroup<Group extends keyof typeof groups>(group: Group): UnsupportedGroup<Group> {
  const reject = () => Promise.reject(unsupported(group))
  return Object.fromEntries(groups[group].map((name) => [name, reject])) as UnsupportedGroup<Group>
}
