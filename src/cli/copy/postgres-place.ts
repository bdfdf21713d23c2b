/** What a copy must know of PostgreSQL. */

import { DriverError, type Statement } from '../../drivers/driver.ts'
import { definition, quoteName } from '../../engine/migrate/ddl.ts'
import { commit, rollback } from '../../engine/transaction.ts'
import { ask, type Work } from '../../engine/work.ts'
import type { Tables } from '../../schema/migration.ts'
import { UsageError } from '../command.ts'
import type { Place, Suspended } from './places.ts'

const statement = (sql: string, columns: Statement['columns'] = []): Statement => ({
  sql,
  columns,
  once: true,
})

/** A lock of its own: an app that opens the database meanwhile must be told what it is, not wait. */
const hold = statement('select pg_try_advisory_lock(1684169070, hashtext(current_schema()))', ['boolean'])

/** Foreign keys cannot be switched off: they are taken away, and adding them again looks at every row. */
const foreignKeys = statement(
  `select t.relname, o.relname, format('alter table %I.%I drop constraint %I', current_schema(), t.relname, k.conname),
  format('alter table %I.%I add constraint %I %s', current_schema(), t.relname, k.conname, pg_get_constraintdef(k.oid))
from pg_catalog.pg_constraint k join pg_catalog.pg_class t on t.oid = k.conrelid join pg_catalog.pg_class o on o.oid = k.confrelid
where k.contype = 'f' and t.relnamespace = current_schema()::regnamespace`,
  ['text', 'text', 'text', 'text'],
)

/** References to what is compared without regard to case are kept by triggers. */
const triggers = statement(
  `select t.relname, '', format('alter table %I.%I disable trigger %I', current_schema(), t.relname, g.tgname),
  format('alter table %I.%I enable trigger %I', current_schema(), t.relname, g.tgname)
from pg_catalog.pg_trigger g join pg_catalog.pg_class t on t.oid = g.tgrelid
where t.relnamespace = current_schema()::regnamespace and not g.tgisinternal and starts_with(g.tgname, '_dbal_refer')`,
  ['text', 'text', 'text', 'text'],
)

export const postgres: Place = {
  snapshot: [statement('begin isolation level repeatable read read only')],
  *hold() {
    const [isFree] = (yield* ask(hold, [])).values
    if (isFree !== true) throw new UsageError('Another copy goes to the same target; wait for its end')
  },
  *clear(tables) {
    for (const name of tables)
      yield* ask(definition(`drop table if exists main.${quoteName(name)} cascade`), [])
  },
  *suspendReferences(tables) {
    const suspended: Suspended[] = []
    yield* inTransaction(function* () {
      for (const list of [foreignKeys, triggers]) {
        const { values } = yield* ask(list, [])
        for (let at = 0; at < values.length; at += 4) {
          const [table, to, away, again] = values.slice(at, at + 4) as [string, string, string, string]
          if (!Object.hasOwn(tables, table)) continue
          yield* ask(definition(away), [])
          suspended.push({ table, to, again })
        }
      }
    })
    return suspended
  },
  *resumeReferences(tables, suspended) {
    const problems: string[] = []
    for (const { table, to, again } of suspended) {
      try {
        yield* ask(definition(again), [])
      } catch (error) {
        if (!(error instanceof DriverError) || error.kind !== 'foreignKey') throw error
        problems.push(orphanOf(table, to))
      }
    }
    for (const [table, field, to, key] of foldedReferences(tables))
      if ((yield* ask(orphans(table, field, to, key), [])).values.length > 0)
        problems.push(orphanOf(table, to))
    return problems
  },
}

const orphanOf = (table: string, to: string) => `a row of ${table} refers to a row of ${to} that is not there`

function* inTransaction(work: () => Work<void>): Work<void> {
  yield* ask(statement('begin'), [])
  try {
    yield* work()
    yield* commit()
  } catch (error) {
    yield* rollback()
    throw error
  }
}

function foldedReferences(tables: Tables): (readonly [string, string, string, string])[] {
  return Object.entries(tables).flatMap(([table, { columns }]) =>
    Object.entries(columns).flatMap(([field, { references }]) => {
      if (!references) return []
      const { entity, field: key } = references
      return tables[entity]?.columns[key]?.caseInsensitive ? [[table, field, entity, key] as const] : []
    }),
  )
}

function orphans(table: string, field: string, to: string, key: string): Statement {
  const folded = (alias: string, name: string) => `lower((${alias}.${quoteName(name)})::text collate "C")`
  return statement(
    `select 1 from main.${quoteName(table)} as a where a.${quoteName(field)} is not null and not exists
      (select 1 from main.${quoteName(to)} as b where ${folded('b', key)} = ${folded('a', field)}) limit 1`,
    ['integer'],
  )
}
