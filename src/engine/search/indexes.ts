/**
 * Word indexes made and taken away. They follow from the schema and the rows, so they are no migration: whatever brought
 * the database to the schema, its opening ends here, and what stands is compared with what should, to the letter.
 */

import type { Driver, Statement } from '../../drivers/driver.ts'
import type { SchemaData } from '../../schema/schema.ts'
import { definition, quoteName } from '../migrate/ddl.ts'
import { sqliteInspector } from '../migrate/inspect.ts'
import { EntityModel } from '../model.ts'
import { ask, type Work } from '../work.ts'
import {
  definitionsOf,
  indexedEntity,
  indexFrom,
  keyColumn,
  namesOf,
  shadowsOf,
  type WordIndex,
  wordIndexOf,
} from './definition.ts'
import { hasBacklog, Refresh } from './refresh.ts'

const standing: Statement = {
  sql: `SELECT "type", "name", "sql" FROM main.sqlite_schema WHERE substr("name", 1, 13) = '_dbal_search.' AND "sql" IS NOT NULL ORDER BY "name"`,
  columns: ['text', 'text', 'text'],
  once: true,
}

type Standing = Map<string, { readonly type: string; readonly sql: string }>

/** What there is of word indexes, by entity. FTS5's own tables are part of its text table. */
function* readStanding(): Work<Map<string, Standing>> {
  const { values } = yield* ask(standing, [])
  const entities = new Map<string, Standing>()
  for (let at = 0; at < values.length; at += 3) {
    const name = values[at + 1] as string
    const entity = indexedEntity(name)
    if (entity === undefined) continue
    const objects = entities.get(entity) ?? new Map()
    objects.set(name, { type: values[at] as string, sql: values[at + 2] as string })
    entities.set(entity, objects)
  }
  return entities
}

/**
 * Makes the indexes that the schema asks for and are not there or not as they should be, fills them from the rows, and
 * takes away those that it does not ask for.
 * @param inTransaction runs work in a transaction; nothing may be open
 */
export function* followSchema(
  schema: SchemaData,
  inTransaction: (work: () => Work<void>) => Work<void>,
): Work<void> {
  const there = yield* readStanding()
  for (const [name, data] of Object.entries(schema.entities)) {
    const index = wordIndexOf({ name, data })
    if (!index) continue
    const objects = there.get(name)
    const isThere = objects !== undefined && isAsDefined(objects, index)
    there.delete(name)
    if (isThere && !(yield* hasBacklog(name))) continue
    if (!isThere) {
      const columns = new Set(yield* sqliteInspector.columnNames(name))
      const isPossible = [...index.key, ...index.fields].every((field) => columns.has(field))
      // Rolled back to before the table: it gets its index with the table.
      yield* inTransaction(function* () {
        if (objects) yield* remove(objects)
        if (isPossible) yield* create(index)
      })
      if (!isPossible) continue
    }
    const refresh = new Refresh(new EntityModel(name, data, []))
    for (let isDone = false; !isDone; ) {
      yield* inTransaction(function* () {
        isDone = yield* refresh.some()
      })
    }
  }
  if (there.size === 0) return
  yield* inTransaction(function* () {
    for (const objects of there.values()) yield* remove(objects)
  })
}

/**
 * The names of what belongs to word indexes as this package makes them, to the letter, whatever schema it was for: a file
 * that comes back from a download brings them.
 */
export function* genuineNames(): Work<ReadonlySet<string>> {
  const genuine = new Set<string>()
  for (const [entity, objects] of yield* readStanding()) {
    const index = indexFrom(entity, (name) => objects.get(name)?.sql)
    if (!index || !isAsDefined(objects, index)) continue
    for (const name of objects.keys()) genuine.add(name)
    for (const name of shadowsOf(entity)) genuine.add(name)
  }
  return genuine
}

/** Inside the caller's transaction: a migration may replace tables and columns that triggers name. */
export function* removeTriggers(): Work<void> {
  for (const objects of (yield* readStanding()).values()) {
    for (const [name, { type }] of objects) {
      if (type === 'trigger') yield* ask(definition(`DROP TRIGGER ${quoteName(name)}`), [])
    }
  }
}

function isAsDefined(objects: Standing, index: WordIndex): boolean {
  const wanted = definitionsOf(index)
  return (
    objects.size === wanted.length &&
    wanted.every(({ type, name, sql }) => objects.get(name)?.type === type && objects.get(name)?.sql === sql)
  )
}

function* remove(objects: Standing): Work<void> {
  for (const kind of ['trigger', 'table']) {
    for (const [name, { type }] of objects) {
      if (type === kind) yield* ask(definition(`DROP ${kind} ${quoteName(name)}`), [])
    }
  }
}

/** The rows that are there are work for the queue, like those that come later. */
function* create(index: WordIndex): Work<void> {
  for (const { sql } of definitionsOf(index)) yield* ask(definition(sql), [])
  const columns = index.key.map((_, at) => quoteName(keyColumn(at))).join(', ')
  yield* ask(
    definition(
      `INSERT INTO main.${quoteName(namesOf(index.entity).queue)} (${columns}) SELECT ${index.key.map(quoteName).join(', ')} FROM main.${quoteName(index.entity)}`,
    ),
    [],
  )
}

/** Whether a database of this driver can hold word indexes; without them a search compares parts of words. */
export function hasWordIndexes({ dialect, capabilities }: Pick<Driver, 'dialect' | 'capabilities'>): boolean {
  return dialect !== 'mysql' && capabilities.fullTextSearch
}
