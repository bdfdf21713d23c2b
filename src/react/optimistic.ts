/**
 * Changes that are shown before the engine has answered. They are laid over what the engine said and never written into it:
 * a refusal takes them away again, and what others changed meanwhile is not lost.
 */

import type { Row } from '../protocol/rows.ts'
import type { QueryKey } from './key.ts'
import { writeKey } from './key.ts'

/** What an answer is of: rows of an entity, or whatever a key stands for. */
export interface Place {
  readonly key: string
  readonly entity?: string
  /** The options of the list. */
  readonly query?: object
  /** Where the rows are in the answer; absent where it has none. */
  readonly rows?: {
    get(data: unknown): readonly Row[]
    put(data: unknown, rows: readonly Row[]): unknown
  }
}

type Change = (place: Place, data: unknown) => unknown

/** What a mutation may do to what is on the screen until the engine has answered. */
export interface Draft {
  /** Sets fields of one row, in every list of the entity that holds it. */
  patch(entity: EntityReference, id: unknown, values: object): void
  /** Takes one row out of every list of the entity. */
  remove(entity: EntityReference, id: unknown): void
  /**
   * Puts a new row into lists of the entity.
   *
   * @param into `start` or `end`, or a function that says so of each list by its options, and nothing for a list that
   * will not hold the row. Default: `end` of every list
   */
  insert(entity: EntityReference, row: object, into?: Side | ((query: ListQuery) => Side | undefined)): void
  /** Changes the answer to a key: `data` is what is shown now. Return it as it is where nothing is to change. */
  set<T>(key: QueryKey, change: (data: T) => T): void
}

/** A handle, an accessor or a name of an entity. */
export type EntityReference = string | object
export type Side = 'start' | 'end'

/** The options of a list, as it was asked. */
export interface ListQuery {
  readonly filter?: { readonly [field: string]: unknown }
  readonly sort?: object
  readonly limit?: number
  readonly page?: number
}

/** One mutation's changes. */
interface Layer {
  readonly changes: readonly Change[]
  isConfirmed: boolean
  /** Answers that hold what the mutation did. */
  readonly done: WeakSet<Place>
}

export type Named = { readonly name: string; readonly primaryKey: readonly string[] }

export class Changes {
  #layers: readonly Layer[] = []

  get isEmpty(): boolean {
    return this.#layers.length === 0
  }

  /** What is shown of an answer; the same object where nothing is changed. */
  applied<T>(place: Place, base: T): T {
    let data: unknown = base
    for (const { changes, done } of this.#layers) {
      if (!done.has(place)) data = changes.reduce((before, change) => change(place, before), data)
    }
    return data as T
  }

  /** The engine has said anew what the answer is: what is confirmed is in it. */
  heard(place: Place): void {
    for (const { isConfirmed, done } of this.#layers) if (isConfirmed) done.add(place)
  }

  add(changes: readonly Change[]): Layer {
    const layer: Layer = { changes, isConfirmed: false, done: new WeakSet() }
    this.#layers = [...this.#layers, layer]
    return layer
  }

  remove(layer: Layer): void {
    this.#layers = this.#layers.filter((other) => other !== layer)
  }

  /** Where the engine's answer holds the changes already, they are not needed any more. */
  confirm(layer: Layer, answers: Iterable<{ readonly place: Place; readonly base: unknown }>): void {
    layer.isConfirmed = true
    for (const { place, base } of answers) {
      const changed = layer.changes.reduce((before, change) => change(place, before), base)
      if (changed === base) layer.done.add(place)
    }
  }
}

/** Collects what a mutation's `optimistic` asks for. */
export function collect(
  ask: (draft: Draft) => void,
  named: (reference: EntityReference) => Named,
): readonly Change[] {
  const changes: Change[] = []
  const onRows = (
    reference: EntityReference,
    change: (rows: readonly Row[], idOf: (row: object) => string, query: ListQuery) => readonly Row[],
  ) => {
    const { name, primaryKey } = named(reference)
    const idOf = (row: object) => writeKey(primaryKey.map((field) => (row as Row)[field]))
    changes.push((place, data) => {
      if (place.entity !== name || !place.rows || data === undefined) return data
      const rows = place.rows.get(data)
      const next = change(rows, idOf, (place.query ?? {}) as ListQuery)
      return next === rows ? data : place.rows.put(data, next)
    })
  }
  /** An id as `idOf` writes it. */
  const written = (reference: EntityReference, id: unknown): string => {
    const { primaryKey } = named(reference)
    return writeKey(primaryKey.length === 1 ? [id] : primaryKey.map((field) => (id as Row)[field]))
  }

  ask({
    patch(reference, id, values) {
      const wanted = written(reference, id)
      onRows(reference, (rows, idOf) => {
        const at = rows.findIndex((row) => idOf(row) === wanted)
        const row = rows[at]
        return row && !holds(row, values) ? rows.with(at, { ...row, ...shown(row, values) }) : rows
      })
    },
    remove(reference, id) {
      const wanted = written(reference, id)
      onRows(reference, (rows, idOf) =>
        rows.some((row) => idOf(row) === wanted) ? rows.filter((row) => idOf(row) !== wanted) : rows,
      )
    },
    insert(reference, row, into = 'end') {
      onRows(reference, (rows, idOf, query) => {
        const side = typeof into === 'function' ? into(query) : into
        if (!side || rows.some((other) => idOf(other) === idOf(row))) return rows
        return side === 'start' ? [row as Row, ...rows] : [...rows, row as Row]
      })
    },
    set(key, change) {
      const wanted = writeKey(key)
      changes.push((place, data) =>
        place.key === wanted && data !== undefined ? (change as (data: unknown) => unknown)(data) : data,
      )
    },
  })
  return changes
}

/** Only fields that the list has selected. */
const shown = (row: Row, values: object): object =>
  Object.fromEntries(Object.entries(values).filter(([field]) => field in row))

function holds(row: Row, values: object): boolean {
  return Object.entries(shown(row, values)).every(
    ([field, value]) => Object.is(row[field], value) || writeKey(row[field]) === writeKey(value),
  )
}
