/**
 * The rows behind a cursor, in the order of the sort keys. The forms differ because indexes care: one key is a plain
 * comparison, several of one direction are a row value, and mixed directions begin with a bound on the first key.
 */

import { type OperationNode, TupleNode } from 'kysely'
import type { SqlValue } from '../../drivers/driver.ts'
import { and, columnOfField, compare, isNotNull, isNull, or } from './nodes.ts'
import type { Build, Shape } from './shape.ts'
import type { SortKey } from './sort.ts'

interface Bound extends SortKey {
  /** Undefined where the last row seen has null. */
  readonly slot: Build | undefined
}

/** Adds the values to the shape, and to its key which of them are null. */
export function after(keys: readonly SortKey[], values: readonly SqlValue[], shape: Shape): Build {
  shape.key += 'c'
  const bounds = keys.map((key, at): Bound => {
    const value = values[at] ?? null
    shape.key += value === null ? 'n' : 'v'
    return { ...key, slot: value === null ? undefined : shape.slot(value) }
  })
  return () => (isRowValue(bounds) ? rowValue(bounds) : (behind(bounds, 0) ?? nothing(bounds)))
}

function isRowValue(bounds: readonly Bound[]): boolean {
  const [first] = bounds
  return bounds.every(
    ({ field, descending, slot }) => slot && !field.data.nullable && descending === first?.descending,
  )
}

function rowValue(bounds: readonly Bound[]): OperationNode {
  const operator = bounds[0]?.descending ? '<' : '>'
  const columns = bounds.map(({ field }) => columnOfField(field))
  const slots = bounds.map(({ slot }) => (slot as Build)())
  if (bounds.length === 1) return compare(columns[0] as OperationNode, operator, slots[0] as OperationNode)
  return compare(TupleNode.create(columns), operator, TupleNode.create(slots))
}

/** Behind in the keys from `at` on; undefined when no row can be. */
function behind(bounds: readonly Bound[], at: number): OperationNode | undefined {
  const bound = bounds[at]
  if (!bound) return undefined
  const further = strictlyBehind(bound)
  const rest = behind(bounds, at + 1)
  const tied = rest && and([equal(bound), rest])
  if (!further || !tied) return further ?? tied
  const either = or([further, tied])
  const least = at === 0 ? notBefore(bound) : undefined
  return least ? and([least, either]) : either
}

function strictlyBehind({ field, descending, slot }: Bound): OperationNode | undefined {
  const column = columnOfField(field)
  if (!slot) return descending ? undefined : isNotNull(column)
  if (!descending) return compare(column, '>', slot())
  const less = compare(column, '<', slot())
  return field.data.nullable ? or([less, isNull(column)]) : less
}

function equal({ field, slot }: Bound): OperationNode {
  return slot ? compare(columnOfField(field), '=', slot()) : isNull(columnOfField(field))
}

/** A bound that an index can start from, implied by the rest; none where nulls stand behind. */
function notBefore({ field, descending, slot }: Bound): OperationNode | undefined {
  if (!slot || (descending && field.data.nullable)) return undefined
  return compare(columnOfField(field), descending ? '<=' : '>=', slot())
}

/** The last row of all was seen: a key that is null in a descending order has nothing behind it. */
function nothing(bounds: readonly Bound[]): OperationNode {
  const { field } = bounds[0] as Bound
  return and([isNull(columnOfField(field)), isNotNull(columnOfField(field))])
}
