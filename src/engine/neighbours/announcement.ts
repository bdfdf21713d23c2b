/**
 * What processes over one database tell each other of a commit: entities and ids, no value of a row. It travels through
 * the database, where anybody who may open it can say something too: reading it checks everything and promises nothing.
 *
 * What must hold: whoever acts on an announcement looks at least at all that the commit has changed. What does not fit, or
 * cannot be written, becomes its entity; what still does not fit becomes everything.
 */

import type { Published, Touched } from '../call.ts'
import type { EntityModel, Model } from '../model.ts'

export type RowId = string | number

export interface Announcement {
  /** The process that has said it. */
  readonly from: string
  /** Entities of which any row may have changed. */
  readonly touched: Touched
  /** Ids of changed rows, by entity. */
  readonly rows: ReadonlyMap<string, readonly RowId[]>
}

/** Entities that rows of a commit reach through foreign keys, over any number of steps. */
export interface Reaching {
  of(change: Published['changes'][number]): readonly { readonly entity: EntityModel }[]
  from(name: string): ReadonlySet<string>
}

/** With more rows than this, an entity is named instead. */
export const mostRows = 100

/** Null where there is nothing to tell. */
export function announcementOf(published: Published, from: string, reach: Reaching): Announcement | null {
  if (published.touched === 'all') return { from, touched: 'all', rows: new Map() }
  const touched = new Set<string>(published.touched)
  const rows = new Map<string, Set<RowId>>()
  const changes = published.changes.flatMap((change) => [change, ...(change.followed ?? [])])
  for (const change of changes) {
    const { entity, before, after, followed } = change
    const ids = rows.get(entity.name) ?? new Set<RowId>()
    rows.set(entity.name, ids)
    for (const row of [before, after]) {
      const id = row && entity.idOf(row)
      if (isIdOf(entity, id)) ids.add(id)
      else if (row) touched.add(entity.name)
    }
    if (followed || published.changes.some((one) => one.followed?.includes(change))) continue
    for (const { entity: reached } of reach.of(change))
      for (const name of [reached.name, ...reach.from(reached.name)]) touched.add(name)
  }
  for (const [name, ids] of rows) {
    if (ids.size > mostRows) touched.add(name)
    if (touched.has(name)) rows.delete(name)
  }
  if (touched.size === 0 && rows.size === 0) return null
  return {
    from,
    touched: [...touched],
    rows: new Map([...rows].map(([name, ids]) => [name, [...ids]])),
  }
}

/** @param mostBytes of the text, which is ASCII */
export function printAnnouncement({ from, touched, rows }: Announcement, mostBytes: number): string {
  if (touched !== 'all') {
    const whole = print({ from, touched, rows: Object.fromEntries(rows) })
    if (whole.length <= mostBytes) return whole
    const named = print({ from, touched: [...touched, ...rows.keys()], rows: {} })
    if (named.length <= mostBytes) return named
  }
  return print({ from, touched: 'all', rows: {} })
}

const print = (value: object): string =>
  JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** What is longer was said by nobody of us. */
const longest = 8_000

export interface Heard {
  readonly from: string
  readonly touched: Touched
  readonly rows: ReadonlyMap<EntityModel, readonly RowId[]>
}

/** Null for what is no announcement. Entities that the model does not have are left out: another version may have them. */
export function readAnnouncement(text: string, model: Model): Heard | null {
  if (text.length > longest) return null
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (!isRecord(value)) return null
  const { from, touched, rows } = value
  if (typeof from !== 'string' || from === '' || from.length > 64 || !isRecord(rows)) return null
  const named = readTouched(touched, model)
  if (named === null) return null
  const read = new Map<EntityModel, readonly RowId[]>()
  for (const [name, ids] of Object.entries(rows)) {
    const entity = model.entities.get(name)
    if (!Array.isArray(ids)) return null
    if (!entity) continue
    if (!ids.every((id) => isIdOf(entity, id))) return null
    read.set(entity, ids)
  }
  return { from, touched: named, rows: read }
}

/** A database would refuse to compare anything else with its key. */
function isIdOf({ primaryKey: [key, ...more] }: EntityModel, id: unknown): id is RowId {
  if (!key || more.length > 0) return false
  if (key.column === 'text') return typeof id === 'string' && !id.includes('\0')
  return key.column === 'integer' && Number.isSafeInteger(id)
}

function readTouched(touched: unknown, model: Model): Touched | null {
  if (touched === 'all') return touched
  if (!Array.isArray(touched) || !touched.every((name) => typeof name === 'string')) return null
  return touched.filter((name) => model.entities.has(name))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
