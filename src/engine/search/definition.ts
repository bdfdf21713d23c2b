/**
 * The word index of an entity, as SQLite holds it. Three tables and four triggers, under names that no entity can have
 * (the name of an entity holds no dot):
 *
 * - `…text`, the FTS5 index. It keeps words, not the texts themselves: those stand in the entity's table.
 * - `…docs` gives each row a number that stays. A table's own rowid does not: VACUUM may give out others.
 * - `…queue`, the keys of rows that came, changed or went since the index was last brought up to date.
 *
 * The triggers only write a key down, which costs a write next to nothing, and needs no FTS5: a program without it can
 * still write to the table. What was written down is worked off before the next search (refresh.ts).
 */

import { quoteName } from '../migrate/ddl.ts'
import type { EntityModel } from '../model.ts'

const prefix = '_dbal_search.'

/** What the definitions depend on. */
export interface WordIndex {
  readonly entity: string
  readonly key: readonly string[]
  readonly fields: readonly string[]
}

/** Undefined for an entity without search fields. */
export function wordIndexOf({ name, data }: Pick<EntityModel, 'name' | 'data'>): WordIndex | undefined {
  if (data.kind !== 'table' || data.search.length === 0) return undefined
  return { entity: name, key: data.primaryKey, fields: data.search }
}

/** Not the field's own name: FTS5 has names that a column may not have (`rank`). */
export const textColumn = (index: number): string => `c${index}`
export const keyColumn = (index: number): string => `k${index}`

export interface Names {
  readonly text: string
  readonly docs: string
  readonly queue: string
}

export function namesOf(entity: string): Names {
  return {
    text: `${prefix}${entity}.text`,
    docs: `${prefix}${entity}.docs`,
    queue: `${prefix}${entity}.queue`,
  }
}

export interface Definition {
  readonly type: 'table' | 'trigger'
  readonly name: string
  /** To the letter as the database gives it back. */
  readonly sql: string
}

const list = (names: readonly string[]) => names.map(quoteName).join(', ')

export function definitionsOf(index: WordIndex): readonly Definition[] {
  const names = namesOf(index.entity)
  const keys = index.key.map((_, at) => keyColumn(at))
  const columns = keys.map((name) => `${quoteName(name)} ANY NOT NULL`).join(', ')
  const table = (name: string, sql: string): Definition => ({ type: 'table', name, sql })
  return [
    table(
      names.text,
      `CREATE VIRTUAL TABLE ${quoteName(names.text)} USING fts5(${list(index.fields.map((_, at) => textColumn(at)))}, content='', contentless_delete=1, prefix='2 3', tokenize='unicode61 remove_diacritics 2')`,
    ),
    table(
      names.docs,
      `CREATE TABLE ${quoteName(names.docs)} ("doc" INTEGER PRIMARY KEY, ${columns}, UNIQUE (${list(keys)})) STRICT`,
    ),
    table(
      names.queue,
      `CREATE TABLE ${quoteName(names.queue)} (${columns}, PRIMARY KEY (${list(keys)})) STRICT, WITHOUT ROWID`,
    ),
    ...triggersOf(index),
  ]
}

function triggersOf({ entity, key, fields }: WordIndex): Definition[] {
  const { queue } = namesOf(entity)
  const columns = list(key.map((_, at) => keyColumn(at)))
  const note = (row: 'NEW' | 'OLD') =>
    `INSERT INTO ${quoteName(queue)} (${columns}) VALUES (${key.map((name) => `${row}.${quoteName(name)}`).join(', ')}) ON CONFLICT DO NOTHING;`
  // By bytes: a column may take 'a' and 'A' for the same.
  const changed = (names: readonly string[]) =>
    names.map((name) => `NEW.${quoteName(name)} COLLATE BINARY IS NOT OLD.${quoteName(name)}`).join(' OR ')
  const trigger = (word: string, event: string, body: string): Definition => {
    const name = `${prefix}${entity}.${word}`
    return {
      type: 'trigger',
      name,
      sql: `CREATE TRIGGER ${quoteName(name)} AFTER ${event} BEGIN ${body} END`,
    }
  }
  const on = `ON ${quoteName(entity)}`
  return [
    trigger('added', `INSERT ${on}`, note('NEW')),
    trigger('changed', `UPDATE OF ${list(fields)} ${on} WHEN ${changed(fields)}`, note('NEW')),
    trigger('moved', `UPDATE OF ${list(key)} ${on} WHEN ${changed(key)}`, `${note('OLD')} ${note('NEW')}`),
    trigger('removed', `DELETE ${on}`, note('OLD')),
  ]
}

/** The entity in whose index something of this name stands; undefined for what is none of `definitionsOf`. */
export function indexedEntity(name: string): string | undefined {
  if (!name.startsWith(prefix)) return undefined
  return /^(.+)\.(?:text|docs|queue|added|changed|moved|removed)$/s.exec(name.slice(prefix.length))?.[1]
}

/** Tables that FTS5 makes for itself: their definitions are its own. */
export function shadowsOf(entity: string): readonly string[] {
  const { text } = namesOf(entity)
  return ['data', 'idx', 'docsize', 'config'].map((part) => `${text}_${part}`)
}

/**
 * What an index was made from, read back from its triggers; undefined where they are not ours. Whoever asks must compare
 * with `definitionsOf`: the names are believed, nothing else is.
 */
export function indexFrom(
  entity: string,
  sqlOf: (name: string) => string | undefined,
): WordIndex | undefined {
  const namesAfter = (word: string): string[] | undefined => {
    const name = `${prefix}${entity}.${word}`
    const sql = sqlOf(name)
    const start = `CREATE TRIGGER ${quoteName(name)} AFTER UPDATE OF `
    if (!sql?.startsWith(start)) return undefined
    const names: string[] = []
    const quoted = /"((?:[^"]|"")*)"(, )?/y
    quoted.lastIndex = start.length
    for (let match = quoted.exec(sql); match; match = match[2] ? quoted.exec(sql) : null)
      names.push((match[1] as string).replaceAll('""', '"'))
    return names
  }
  const [fields, key] = [namesAfter('changed'), namesAfter('moved')]
  return fields && key && { entity, key, fields }
}
