/** What a caller last saw of a live query, and how the next result differs from it. */

import type { LiveChange } from '../../protocol/event.ts'
import type { PackedRows } from '../../protocol/rows.ts'
import type { EntityModel } from '../model.ts'

export interface Snapshot {
  readonly fields: readonly string[]
  /** In the order of the result. */
  readonly ids: readonly unknown[]
  readonly keys: readonly string[]
  /** A row's values by its key. */
  readonly rows: ReadonlyMap<string, readonly unknown[]>
}

export const emptySnapshot: Snapshot = { fields: [], ids: [], keys: [], rows: new Map() }

export function snapshotOf({ fields, values }: PackedRows, entity: EntityModel): Snapshot {
  const ids: unknown[] = []
  const keys: string[] = []
  const rows = new Map<string, readonly unknown[]>()
  for (let at = 0; at < values.length; at += fields.length) {
    const row = values.slice(at, at + fields.length)
    const id = entity.idOf(Object.fromEntries(fields.map((field, index) => [field, row[index]])))
    const key = keyOf(id)
    ids.push(id)
    keys.push(key)
    rows.set(key, row)
  }
  return { fields, ids, keys, rows }
}

/** Null when nothing differs. Rows count as moved when their place among the rows that stayed has changed. */
export function snapshotDifference(before: Snapshot, after: Snapshot): LiveChange | null {
  const added: unknown[] = []
  const changed: unknown[] = []
  for (const key of after.keys) {
    const row = after.rows.get(key) as readonly unknown[]
    const old = before.rows.get(key)
    if (!old) added.push(...row)
    else if (row.some((value, index) => !isSame(value, old[index]))) changed.push(...row)
  }
  const removed = before.ids.filter((_, index) => !after.rows.has(before.keys[index] as string))
  const moved = movedRows(before, after)
  if (added.length + changed.length + removed.length + moved.length === 0) return null
  const { fields } = after
  return { added: { fields, values: added }, removed, changed: { fields, values: changed }, moved }
}

function movedRows(before: Snapshot, after: Snapshot): LiveChange['moved'] {
  const stayedBefore = before.keys.filter((key) => after.rows.has(key))
  const stayedAfter = after.keys.filter((key) => before.rows.has(key))
  const places = new Map(before.keys.map((key, index) => [key, index]))
  const still = new Set(stayedAfter.filter((key, index) => stayedBefore[index] === key))
  return after.keys.flatMap((key, to) => {
    const from = places.get(key)
    return from === undefined || still.has(key) ? [] : [{ id: after.ids[to], from, to }]
  })
}

const keyOf = (id: unknown): string =>
  typeof id === 'object' && id !== null ? JSON.stringify(Object.values(id).map(String)) : `${typeof id}:${id}`

function isSame(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    return left.length === right.length && left.every((byte, index) => byte === right[index])
  }
  return (
    typeof left === 'object' && typeof right === 'object' && JSON.stringify(left) === JSON.stringify(right)
  )
}
