/**
 * What a caller must be told to make one list of another. `places` are all that it needs to do so: take out what was
 * removed or moved, by its old place; put in what was added or moved, by its new one; replace what has changed.
 */

import type { LiveChange, LivePlaces } from '../../protocol/event.ts'
import type { Entry } from './entry.ts'

export interface Difference {
  readonly change: LiveChange
  readonly places: LivePlaces
}

/**
 * Null where nothing differs. `at` of the entries of `after` says where they stood in `before`.
 * @param isChanged asked of rows that are in both
 */
export function difference(
  fields: readonly string[],
  before: readonly Entry[],
  after: readonly Entry[],
  isChanged: (entry: Entry) => boolean,
): Difference | null {
  const stayed = new Uint8Array(before.length)
  const added: unknown[] = []
  const changed: unknown[] = []
  const places = { removed: [] as number[], added: [] as number[], changed: [] as number[] }
  // Plain loops: lists may be long, and mostly one row of them has changed.
  for (let to = 0; to < after.length; to++) {
    const entry = after[to] as Entry
    if (entry.at < 0) {
      places.added.push(to)
      added.push(...entry.values)
      continue
    }
    stayed[entry.at] = 1
    if (!isChanged(entry)) continue
    places.changed.push(to)
    changed.push(...entry.values)
  }
  for (let at = 0; at < before.length; at++) if (stayed[at] === 0) places.removed.push(at)
  const moved = movedEntries(after, isChanged)
  const count = places.added.length + places.changed.length + places.removed.length + moved.length
  if (count === 0) return null
  const removed = places.removed.map((at) => (before[at] as Entry).id ?? at)
  return {
    change: { added: { fields, values: added }, removed, changed: { fields, values: changed }, moved },
    places,
  }
}

function movedEntries(after: readonly Entry[], isChanged: (entry: Entry) => boolean): LiveChange['moved'] {
  if (isSorted(after)) return []
  const known: Known[] = []
  for (const [to, entry] of after.entries()) if (entry.at >= 0) known.push({ entry, from: entry.at, to })
  const kept = keptBeside(known, isChanged) ?? longestRun(known)
  return known
    .filter((one) => !kept.has(one))
    .map(({ entry, from, to }) => ({ id: entry.id ?? from, from, to }))
}

/** A row that was there before, and its places. */
interface Known {
  readonly entry: Entry
  readonly from: number
  readonly to: number
}

/**
 * Mostly the rows that moved are those that changed: the others keep their order, and a changed one that stands between
 * the same of them has not moved. Undefined where unchanged rows have other places too.
 */
function keptBeside(
  known: readonly Known[],
  isChanged: (entry: Entry) => boolean,
): ReadonlySet<Known> | undefined {
  const still = known.filter(({ entry }) => !isChanged(entry))
  if (!isSorted(still.map(({ entry }) => entry))) return undefined
  const kept = new Set(still)
  let next = 0
  let last = -1
  for (const one of known) {
    const isStill = one === still[next]
    if (isStill) next++
    const end = still[next]?.from ?? Number.POSITIVE_INFINITY
    if (!isStill && (one.from < last || one.from > end)) continue
    kept.add(one)
    last = one.from
  }
  return kept
}

/** The longest run of rows that kept their order: all others have to be moved, and no fewer. */
function longestRun(known: readonly Known[]): ReadonlySet<Known> {
  const from = (index: number) => (known[index] as Known).from
  /** For each length the index at which the run of that length with the least end ends. */
  const ends: number[] = []
  const previous = new Int32Array(known.length)
  for (let index = 0; index < known.length; index++) {
    const length = runLength(ends, from, from(index))
    previous[index] = length === 0 ? -1 : (ends[length - 1] as number)
    ends[length] = index
  }
  const kept = new Set<Known>()
  for (let index = ends.at(-1) ?? -1; index >= 0; index = previous[index] as number)
    kept.add(known[index] as Known)
  return kept
}

/** Whether the rows that were there before kept their order. */
function isSorted(entries: readonly Entry[]): boolean {
  let last = -1
  for (const { at } of entries) {
    if (at < 0) continue
    if (at < last) return false
    last = at
  }
  return true
}

/** The length of the longest run that a row from this place can be put behind. */
function runLength(ends: readonly number[], from: (index: number) => number, place: number): number {
  // Mostly rows have kept their order, and the longest run is the one.
  if (ends.length === 0 || from(ends[ends.length - 1] as number) < place) return ends.length
  let low = 0
  let high = ends.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (from(ends[middle] as number) < place) low = middle + 1
    else high = middle
  }
  return low
}
