import type { Role } from '@metabuilder/dbal'
import { roleNames } from './verdict.ts'

/** What belongs to the database as a whole, and the least role that may do it. The engine has these built in. */
export const databaseRights = {
  stats: { least: 'admin', words: 'read the size and the counts' },
  checkIntegrity: { least: 'admin', words: 'check the file' },
  'audit.list': { least: 'admin', words: 'read the audit log' },
  'audit.verify': { least: 'admin', words: 'verify the audit log' },
  'audit.export': { least: 'god', words: 'export the audit log' },
  'migrations.status': { least: 'admin', words: 'see the migrations' },
  'migrations.migrate': { least: 'god', words: 'apply migrations' },
  'migrations.rollback': { least: 'god', words: 'undo migrations' },
  'database.export': { least: 'god', words: 'download the database' },
  'database.analyze': { least: 'god', words: 'renew the planner’s statistics' },
  'database.vacuum': { least: 'god', words: 'give free pages back' },
} as const satisfies Record<string, { least: Role; words: string }>

export type DatabaseRight = keyof typeof databaseRights

/** Why the role may not, or undefined when it may. */
export function refusalOf(role: Role, right: DatabaseRight): string | undefined {
  const { least, words } = databaseRights[right]
  if (roleNames.indexOf(role) >= roleNames.indexOf(least)) return undefined
  return `${role} may not ${words}: ${right} is for ${least} and above.`
}
