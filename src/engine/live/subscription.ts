/** One open live query: its source, what its caller knows of it, and how the two are brought together. */

import type { Event } from '../../protocol/event.ts'
import type { PackedRows, Row } from '../../protocol/rows.ts'
import type { CallerPort, RowChange } from '../call.ts'
import type { Caller } from '../query/binding.ts'
import type { Work } from '../work.ts'
import type { Difference } from './difference.ts'
import { type Entry, entryAfter } from './entry.ts'
import { contentOf, isSame, keyOf } from './key.ts'
import { orderOf } from './order.ts'
import type { RowState } from './row-state.ts'
import type { Result, RowSource, Source } from './source.ts'
import type { Watcher } from './watcher.ts'
import { Window } from './window.ts'

/** With more changed rows than this, asking the database is cheaper than placing them one by one. */
const mostPlaced = 200

export class Subscription implements Watcher {
  readonly port: CallerPort
  readonly id: number
  readonly source: Source
  #window: Window | null = null
  #fields: readonly string[] = []

  constructor(port: CallerPort, id: number, source: Source) {
    this.port = port
    this.id = id
    this.source = source
  }

  /** How many rows it shows. */
  get size(): number {
    return this.#window?.entries.length ?? 0
  }

  /** Runs the query. @returns null where nothing differs */
  *run(now: string): Work<Difference | null> {
    const result = yield* this.source.run(this.#caller(now))
    const window = this.#window ?? this.#createWindow(result)
    return window.replace(this.#entriesOf(result.rows, window), result.isWhole)
  }

  /** False where the change is of fields that the query does not look at. */
  looksAt({ entity, before, after }: RowChange): boolean {
    const fields = this.source.fields?.get(entity.name)
    return !fields || !before || !after || !isAlike(fields, before, after)
  }

  /** False where none of the rows is, was or becomes one of the result. */
  isConcernedBy(states: readonly RowState[], now: string): boolean {
    const { rows } = this.source
    const window = this.#window
    if (!rows || !window || states.length > mostPlaced) return true
    const caller = this.#caller(now)
    const canMatter = (row: Row) => {
      const truth = rows.verdict(row, caller)
      return truth === true || truth === undefined
    }
    const fields = this.source.fields?.get(rows.entity)
    return states.some(({ key, isNew, after, images, isPartial }) => {
      if (fields && !isNew && after && images.every((image) => isAlike(fields, image, after))) return false
      if (window.find(key)) return true
      // Where rows shift by number, or are not all in hand, one that came and went unseen can matter too.
      return rows.isKept ? after !== null && canMatter(after) : isPartial || images.some(canMatter)
    })
  }

  /** Takes in changed rows, with the database's help where it is needed. @returns null where nothing differs */
  *take(states: readonly RowState[], now: string): Work<Difference | null> {
    const { rows } = this.source
    const window = this.#window
    if (!rows?.isKept || !window || states.length > mostPlaced) return yield* this.run(now)
    const caller = this.#caller(now)
    const gone: Entry[] = []
    const placed: Entry[] = []
    for (const state of states) {
      const { key, after } = state
      const old = window.find(key)
      const truth = after ? rows.verdict(after, caller) : false
      if (truth === undefined) return yield* this.run(now)
      if (truth && after) placed.push(this.#entryOf(state, after, rows, old))
      else if (old) gone.push(old)
    }
    const change = window.change(gone, placed)
    return change === undefined ? yield* this.run(now) : change
  }

  whole(): Event {
    const values: unknown[] = []
    for (const entry of this.#window?.entries ?? []) for (const value of entry.values) values.push(value)
    return {
      type: 'live',
      subscription: this.id,
      whole: { fields: this.#fields, values },
      key: this.source.key,
    }
  }

  #createWindow({ rows, limit }: Result): Window {
    this.#fields = rows.fields.filter((name) => !this.source.unsent.has(name))
    this.#window = new Window(this.#fields, this.source.rows?.keys ?? [], limit)
    return this.#window
  }

  #entriesOf({ fields, values }: PackedRows, window: Window): readonly Entry[] {
    const { key, rows } = this.source
    const entries: Entry[] = []
    const counts = new Map<string, number>()
    for (let from = 0; from < values.length; from += fields.length) {
      const row: Row = {}
      for (const [index, field] of fields.entries()) row[field] = values[from + index]
      const sent = this.#fields.map((name) => row[name])
      const id = idOf(row, key)
      const name = key.length > 0 ? keyOf(id) : numbered(contentOf(sent), counts)
      const order = rows?.isKept ? orderOf(rows.keys, row) : []
      entries.push(entryAfter(window.find(name), { key: name, id, values: sent, order }))
    }
    return entries
  }

  #entryOf({ key, id }: RowState, row: Row, { keys, json }: RowSource, old: Entry | undefined): Entry {
    const values = this.#fields.map((name) => ownCopy(row[name] ?? null, json.has(name)))
    return entryAfter(old, { key, id, values, order: orderOf(keys, row) })
  }

  #caller(now: string): Caller {
    return { principal: this.port.principal, now }
  }
}

/** Images that lack a field say nothing of it. */
function isAlike(fields: ReadonlySet<string>, left: Row, right: Row): boolean {
  for (const name of fields) if (left[name] === undefined || !isSame(left[name], right[name])) return false
  return true
}

/** As the database would give it: nothing that somebody else holds and can change. */
function ownCopy(value: unknown, isJson: boolean): unknown {
  // Not `slice`: that of a Buffer shares its memory.
  if (value instanceof Uint8Array) return new Uint8Array(value)
  return isJson && value !== null ? JSON.parse(JSON.stringify(value)) : value
}

function idOf(row: Row, key: readonly string[]): unknown {
  if (key.length < 2) return key[0] === undefined ? undefined : row[key[0]]
  return Object.fromEntries(key.map((name) => [name, row[name]]))
}

/** Equal rows without a key are told apart by how many stand before. */
function numbered(text: string, counts: Map<string, number>): string {
  const count = counts.get(text) ?? 0
  counts.set(text, count + 1)
  return `${count} ${text}`
}
