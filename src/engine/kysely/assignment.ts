/** `column = value` of an insert or update: a value as it came, or an expression that the database works out. */

import { invalid } from '../../protocol/error.ts'
import type { FieldModel } from '../model.ts'
import { type EntityCall, refuseFields } from '../operations/write.ts'
import { type Expression, expression, type Place } from './expression.ts'
import { columnName, get, isKind, kindOf, nodeOf, read, shown } from './tree.ts'

export type Given =
  | { readonly kind: 'param'; readonly param: number }
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'expression'; readonly expression: Expression }

/** @param place null where nothing but values may stand */
export function givenValue(value: unknown, place: Place): Given {
  if (!isKind(value, 'ValueNode'))
    return { kind: 'expression', expression: expression(value, { ...place, isAssigned: true }) }
  const node = read(value, 'ValueNode', ['param', 'value', 'immediate'])
  if (get(node, 'immediate') === true) return { kind: 'literal', value: node['value'] }
  return { kind: 'param', param: place.rewrite.slot(get(node, 'param')).index }
}

/** The column on the left; the target's name may stand before it. */
export function assignedName(given: unknown): string {
  const node = nodeOf(given)
  if (kindOf(node) === 'ColumnNode') return columnName(node)
  const reference = read(node, 'ReferenceNode', ['column', 'table'])
  return columnName(get(reference, 'column'))
}

/** What the database worked out, as a field of this type is written: SQLite has no booleans and no dates. */
export function fitted(value: unknown, field: FieldModel | undefined): unknown {
  const type = field?.data.type
  if (type === 'boolean' && (value === 0 || value === 1)) return value === 1
  if (type === 'bigint' && typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  if (type === 'json' && typeof value === 'string') return parsed(value)
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export function uniqueNames(names: readonly string[]): void {
  if (new Set(names).size < names.length) throw invalid('query', 'names a column twice')
}

/** Said before any row is looked for: that there is none would be no answer. */
export function refuseUnwritable(
  call: EntityCall,
  operation: 'create' | 'update',
  names: readonly string[],
): void {
  for (const name of names) {
    if (!call.entity.field(name))
      throw invalid('query', `${shown(name)} is not a field of ${call.entity.name}`)
  }
  refuseFields(call, operation, names)
}
