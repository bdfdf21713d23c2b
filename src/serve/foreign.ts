/** A file of somebody else's making: its schema is what stands in it, and who may do what is for whoever opens it. */

import type { Driver } from '../drivers/driver.ts'
import { runAsync } from '../engine/work.ts'
import type { Schema } from '../schema/define.ts'
import { type EntityRule, withRules } from '../schema/define.ts'
import { introspectSqlite } from '../schema/introspect/introspect-sqlite.ts'
import type { SchemaData } from '../schema/schema.ts'
import type { OpenedConfig } from './config.ts'
import type { Definition } from './definition.ts'

/**
 * Without rules the opener, who is supergod then, may do everything and nobody else anything.
 * @throws DBALError VALIDATION_ERROR for rules that do not fit the file
 */
export async function foreignDefinition(driver: Driver, config: OpenedConfig): Promise<Definition> {
  const connection = await driver.acquire()
  try {
    const schema = await runAsync(introspectSqlite(config.database.name), connection, { at: 0 })
    // Each rule is read as strictly as one in a schema: withRules takes nothing for granted.
    const rules = (config.rules as readonly EntityRule[] | undefined) ?? openersRules(schema)
    return { schema: withRules(schema as Schema, rules), migrations: [] }
  } finally {
    connection.release()
  }
}

function openersRules({ entities }: SchemaData): readonly EntityRule[] {
  return Object.entries(entities).map(([entity, { kind }]) => ({
    entity,
    roles: ['supergod'],
    operations: kind === 'view' ? ['read'] : ['create', 'read', 'update', 'delete'],
  }))
}
