/** What a copy must know of MariaDB and MySQL. */

import type { MysqlServerName, Statement } from '../../drivers/driver.ts'
import { definition, quoteName } from '../../engine/migrate/ddl.ts'
import { foldedName } from '../../engine/mysql/folding.ts'
import { type MysqlServer, mariaDb, mysql } from '../../engine/mysql/server.ts'
import { ask, type Work } from '../../engine/work.ts'
import type { Column, Tables } from '../../schema/migration.ts'
import { UsageError } from '../command.ts'
import type { Place, Suspended } from './places.ts'

const statement = (sql: string, columns: Statement['columns'] = []): Statement => ({
  sql,
  columns,
  once: true,
})

/** A server's locks have names of its own, over all its databases. */
const hold = ({ hash }: MysqlServer) =>
  statement(`select get_lock(concat('dbal-copy:', ${hash('database()')}), 0)`, ['integer'])

/** References to what is compared without regard to case are kept by triggers, which cannot be switched off. */
const triggers = statement(
  `select trigger_name, concat('create trigger "', trigger_name, '" ', action_timing, ' ', event_manipulation, ' on "', replace(event_object_table, '"', '""'),
  '" for each row ', action_statement), event_object_table
from information_schema.triggers where trigger_schema = database() and trigger_name regexp '^_dbal_[0-9a-f]{16}_[iudk]$' order by action_order`,
  ['text', 'text', 'text'],
)

const packetSize = statement('select @@max_allowed_packet', ['integer'])

const placeOf = (server: MysqlServer): Place => ({
  // The second gives what its level of isolation says at its own beginning, not at the first reading.
  snapshot: [
    statement('set transaction isolation level repeatable read'),
    statement('start transaction with consistent snapshot, read only'),
  ],
  *hold() {
    const [isFree] = (yield* ask(hold(server), [])).values
    if (isFree !== 1) throw new UsageError('Another copy goes to the same target; wait for its end')
  },
  *clear(tables) {
    yield* ask(statement('set foreign_key_checks = 0'), [])
    for (const name of tables) yield* ask(definition(`drop table if exists main.${quoteName(name)}`), [])
    yield* ask(statement('set foreign_key_checks = 1'), [])
  },
  *suspendReferences() {
    const suspended: Suspended[] = []
    const { values } = yield* ask(triggers, [])
    for (let at = 0; at < values.length; at += 3) {
      const [name, again, table] = values.slice(at, at + 3) as [string, string, string]
      yield* ask(definition(`drop trigger main.${quoteName(name)}`), [])
      suspended.push({ table, to: '', again })
    }
    yield* ask(statement('set foreign_key_checks = 0'), [])
    return suspended
  },
  *resumeReferences(tables, suspended) {
    for (const { again } of suspended) yield* ask(definition(again), [])
    // This looks at no row that is there.
    yield* ask(statement('set foreign_key_checks = 1'), [])
    const problems: string[] = []
    for (const [table, { columns }] of Object.entries(tables))
      for (const [field, column] of Object.entries(columns))
        if (column.references && (yield* isOrphaned(server, tables, table, field, column.references)))
          problems.push(`a row of ${table} refers to a row of ${column.references.entity} that is not there`)
    return problems
  },
  *largestStatement() {
    return (yield* ask(packetSize, [])).values[0] as number
  },
})

export const mysqlPlaces: { readonly [Name in MysqlServerName]: Place } = {
  mariadb: placeOf(mariaDb),
  mysql: placeOf(mysql),
}

function* isOrphaned(
  { folding }: MysqlServer,
  tables: Tables,
  table: string,
  field: string,
  { entity, field: key }: NonNullable<Column['references']>,
): Work<boolean> {
  const own = `a.${quoteName(field)}`
  const isFolded = tables[entity]?.columns[key]?.caseInsensitive
  const same = isFolded
    ? `b.${quoteName(foldedName(key))} = ${folding.begins}${own}${folding.ends}`
    : `b.${quoteName(key)} = ${own}`
  const orphans = statement(
    `select 1 from main.${quoteName(table)} as a where ${own} is not null and not exists
      (select 1 from main.${quoteName(entity)} as b where ${same}) limit 1`,
    ['integer'],
  )
  return (yield* ask(orphans, [])).values.length > 0
}
