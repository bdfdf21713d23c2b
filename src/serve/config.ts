/** What a page asks a host to open, read and checked. Schema, rules and migrations are checked where they are used. */

import { invalidAll } from '../protocol/error.ts'
import type { HostConfig } from '../protocol/host.ts'
import { defaultLimits, type Limits } from '../protocol/limits.ts'
import { Reader } from '../schema/read.ts'

export interface OpenedConfig extends Pick<HostConfig, 'database' | 'security' | 'schema' | 'file'> {
  /** Undefined where the schema's own apply. */
  readonly rules: readonly unknown[] | undefined
  readonly migrations: readonly unknown[] | undefined
  readonly limits: Partial<Limits>
}

/** @throws DBALError VALIDATION_ERROR with everything that is wrong */
export function readConfig(value: unknown): OpenedConfig {
  const read = new Reader()
  const keys = ['schema', 'rules', 'migrations', 'database', 'security', 'limits', 'file']
  const { schema = null, rules, migrations, file, ...config } = read.record(value, 'config', keys)
  const database = read.record(config['database'], 'database', ['name', 'durability', 'persistence'])
  const security = read.record(config['security'] ?? {}, 'security', ['sandbox', 'auditLog', 'rawSql'])
  const { name } = database
  if (!isDatabaseName(name)) read.note('database.name', 'must be 1 to 100 characters, without / and \\')
  if (file !== undefined && !(file instanceof Uint8Array)) read.note('file', 'must be a Uint8Array')
  const opened = {
    schema,
    rules: rules === undefined ? undefined : read.list(rules, 'rules'),
    migrations:
      migrations === undefined
        ? undefined
        : read.list(migrations, 'migrations', (each, path) => read.record(each, path)),
    database: {
      name: name as string,
      durability:
        read.oneOf(database['durability'], 'database.durability', ['strict', 'relaxed']) ?? 'strict',
      persistence:
        read.oneOf(database['persistence'], 'database.persistence', ['preferred', 'required', 'memory']) ??
        'preferred',
    },
    security: {
      sandbox:
        read.oneOf(security['sandbox'], 'security.sandbox', ['strict', 'permissive', 'disabled']) ?? 'strict',
      auditLog: read.flag(security['auditLog'], 'security.auditLog') ?? true,
      rawSql: read.flag(security['rawSql'], 'security.rawSql') ?? false,
    },
    limits: readLimits(read, config['limits'] ?? {}),
    ...(file instanceof Uint8Array && { file }),
  } as const
  if (read.issues.length > 0) throw invalidAll(read.issues)
  return opened
}

/** It becomes the name of a folder and of locks. */
const isDatabaseName = (value: unknown): value is string =>
  typeof value === 'string' && /^(?!\.+$)[^/\\\p{Cc}\p{Cs}]{1,100}$/u.test(value)

function readLimits(read: Reader, value: unknown): Partial<Limits> {
  const limits = read.record(value, 'limits', Object.keys(defaultLimits))
  for (const [name, limit] of Object.entries(limits)) {
    if (!Number.isSafeInteger(limit) || (limit as number) < 1)
      read.note(`limits.${name}`, 'must be a whole number from 1')
  }
  return limits as Partial<Limits>
}
