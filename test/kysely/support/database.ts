/** The public client over an engine in this process, for each role of a schema. */

import { DBALClient } from '../../../src/client/client.ts'
import type { EngineOptions } from '../../../src/engine/engine-options.ts'
import type { Kysely } from '../../../src/kysely/index.ts'
import { toKysely } from '../../../src/kysely/index.ts'
import type { Role } from '../../../src/protocol/principal.ts'
import type { Schema } from '../../../src/schema/define.ts'
import { type EntityRule, withRules } from '../../../src/schema/define.ts'
import { LocalTransport } from '../../../src/transport/local.ts'
import { openTestEngine, principalOf, type TestEngine } from '../../support/engine.ts'
import type { Any } from './scope.ts'

export interface Database {
  readonly engine: TestEngine
  client(role: Role, userId?: string): DBALClient<Schema>
  kysely(role: Role, userId?: string): Kysely<Any>
  /** What is stored, by whatever rule. */
  stored(sql: string, columns: number): Promise<readonly unknown[]>
  close(): Promise<void>
}

export async function openDatabase(
  schema: Schema,
  rules?: readonly EntityRule[],
  options: Partial<Pick<EngineOptions, 'auditLog' | 'driver' | 'limits'>> = {},
): Promise<Database> {
  const ruled = rules ? withRules(schema, rules) : schema
  const engine = await openTestEngine({ schema: ruled, migrations: [], auditLog: false, ...options })
  const clients = new Map<string, DBALClient<Schema>>()
  const client = (role: Role, userId?: string) => {
    const key = `${role} ${userId}`
    const known = clients.get(key)
    if (known) return known
    const principal = principalOf(role, userId)
    const transport = new LocalTransport({
      connect: (emit) => engine.engine.connect({ principal, clientId: crypto.randomUUID(), emit }),
    })
    const made = new DBALClient<Schema>({ schema: ruled, transport })
    clients.set(key, made)
    return made
  }
  return {
    engine,
    client,
    kysely: (role, userId) => toKysely(client(role, userId)) as Kysely<Any>,
    async stored(sql, columns) {
      const connection = await engine.driver.acquire()
      const types = Array.from({ length: columns }, () => 'any' as const)
      return (await connection.execute({ sql, columns: types, once: true }, [], 0)).values
    },
    async close() {
      for (const one of clients.values()) await one.close()
      await engine.engine.close()
    },
  }
}
