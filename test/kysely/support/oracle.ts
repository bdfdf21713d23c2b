/**
 * The oracle: an SQLite of its own for each role of a world, that holds only the rows and columns that the role may read
 * and knows no rules. What a query finds there is what it may find.
 */

import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { CompiledQuery } from 'kysely'
import { passes } from './conditions.ts'
import {
  type Entity,
  entities,
  type Kind,
  kinds,
  type Operation,
  type RoleName,
  type Row,
  type World,
} from './world.ts'

const columnTypes: Readonly<Record<Exclude<Kind, 'num'>, string>> = {
  text: 'TEXT',
  bool: 'INTEGER',
  date: 'TEXT',
  json: 'TEXT',
}
const reals = new Set(['score', 'weight'])

const columnType = (name: string, kind: Kind): string =>
  kind === 'num' ? (reals.has(name) ? 'REAL' : 'INTEGER') : columnTypes[kind]

/** What the role may do with the row by one rule of the operation. */
export const opens = (
  world: World,
  role: RoleName,
  operation: Operation,
  entity: Entity,
  row: Row,
): boolean =>
  world.access[role][entity].rules.some(
    ({ operations, filter }) =>
      operations.includes(operation) && passes(filter, entity, row, { rows: world.rows, role }),
  )

export const allows = (world: World, role: RoleName, operation: Operation, entity: Entity): boolean =>
  world.access[role][entity].rules.some(({ operations }) => operations.includes(operation))

export const encode = (value: unknown): SQLInputValue =>
  typeof value === 'boolean'
    ? Number(value)
    : typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
      ? JSON.stringify(value)
      : (value as SQLInputValue)

export class Oracle {
  readonly #db = new DatabaseSync(':memory:')

  constructor(world: World, role: RoleName) {
    for (const entity of entities) {
      if (!allows(world, role, 'read', entity)) continue
      const columns = world.access[role][entity].readable
      const typed = columns.map((name) => `"${name}" ${columnType(name, kinds[entity][name] as Kind)}`)
      this.#db.exec(`create table "${entity}" (${typed.join(', ')})`)
      const insert = this.#db.prepare(`insert into "${entity}" values (${columns.map(() => '?').join(', ')})`)
      for (const row of world.rows[entity]) {
        if (opens(world, role, 'read', entity, row)) insert.run(...columns.map((name) => encode(row[name])))
      }
    }
  }

  /** @throws Error SQLite's own */
  run({ sql, parameters }: CompiledQuery): Row[] {
    return this.#db.prepare(sql).all(...parameters.map(encode)) as Row[]
  }

  close(): void {
    this.#db.close()
  }
}
