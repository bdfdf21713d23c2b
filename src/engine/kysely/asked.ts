/**
 * Values that a select asks for: conditions of its WHERE that a field is one of a few values, joined by AND. A row with
 * another value there is in no row of the result, on whichever side of a join it stands, so that live results are found by
 * these values. What is not certain is left out.
 */

import type { EntityModel, FieldModel, Model } from '../model.ts'
import type { Equality } from '../query/filter-js.ts'
import { equalityKey } from '../values/equality-key.ts'
import { columnName, get, isKind, list, type Node, tableName } from './tree.ts'

/** Longer lists are not worth an entry for each of their values. */
const mostValues = 64

export interface Asked extends Equality {
  readonly entity: EntityModel
}

/** @param tree of which a plan could be made @param params its values */
export function askedValues(tree: Node, params: readonly unknown[], model: Model): readonly Asked[] {
  // A common table expression can have the name of an entity; parts of a set operation have conditions of their own.
  if (get(tree, 'with') !== undefined || list(tree, 'setOperations').length > 0) return []
  const where = get(tree, 'where') as Node | undefined
  if (!where) return []
  const tables = tablesOf(tree, model)
  return conjuncts(get(where, 'where')).flatMap((condition) => asked(condition, tables, params) ?? [])
}

/** Entities by the names that the query calls them; null for anything else in a FROM. */
function tablesOf(tree: Node, model: Model): ReadonlyMap<string, EntityModel | null> {
  const from = get(tree, 'from') as Node | undefined
  const items = [
    ...(from ? list(from, 'froms') : []),
    ...list(tree, 'joins').map((one) => get(one as Node, 'table')),
  ]
  return new Map(
    items.map((item) => {
      const alias = isKind(item, 'AliasNode') ? item : null
      const table = alias ? get(alias, 'node') : item
      const entity = isKind(table, 'TableNode') ? model.entities.get(tableName(table)) : undefined
      const name = alias ? get(get(alias, 'alias') as Node, 'name') : entity?.name
      return [String(name), entity ?? null]
    }),
  )
}

function conjuncts(condition: unknown): readonly unknown[] {
  if (isKind(condition, 'ParensNode')) return conjuncts(get(condition, 'node'))
  if (!isKind(condition, 'AndNode')) return [condition]
  return [...conjuncts(get(condition, 'left')), ...conjuncts(get(condition, 'right'))]
}

function asked(
  condition: unknown,
  tables: ReadonlyMap<string, EntityModel | null>,
  params: readonly unknown[],
): Asked | null {
  if (!isKind(condition, 'BinaryOperationNode')) return null
  const operator = get(get(condition, 'operator') as Node, 'operator')
  const found = fieldOf(get(condition, 'leftOperand'), tables)
  const values = valuesOf(get(condition, 'rightOperand'), String(operator).toLowerCase(), params)
  if (!found || !values || values.length === 0 || values.length > mostValues) return null
  const keys = values.map((value) => certainKey(found.field, value))
  return keys.every((key) => key !== null) ? { ...found, keys: [...new Set(keys)] } : null
}

function fieldOf(
  operand: unknown,
  tables: ReadonlyMap<string, EntityModel | null>,
): { readonly entity: EntityModel; readonly field: FieldModel } | null {
  if (!isKind(operand, 'ReferenceNode') || !isKind(get(operand, 'column'), 'ColumnNode')) return null
  const table = get(operand, 'table')
  const [only] = tables.size === 1 ? tables.values() : []
  const entity = table === undefined ? only : tables.get(tableName(table))
  const field = entity?.field(columnName(get(operand, 'column')))
  return entity && field ? { entity, field } : null
}

function valuesOf(operand: unknown, operator: string, params: readonly unknown[]): readonly unknown[] | null {
  if (operator === '=' && isKind(operand, 'ValueNode')) {
    return get(operand, 'immediate') === true ? null : [params[get(operand, 'param') as number]]
  }
  if (operator !== 'in' || !isKind(operand, 'PrimitiveValueListNode')) return null
  const { param, count } = operand as { param?: number; count?: number }
  return params.slice(param as number, (param as number) + (count as number))
}

/** Null where the database could find something else equal: it makes texts of numbers and numbers of texts. */
function certainKey({ data, column }: FieldModel, value: unknown): string | null {
  switch (column) {
    case 'text':
    case 'datetime':
      return typeof value === 'string' && !/[\ud800-\udfff]/u.test(value) ? equalityKey(data, value) : null
    case 'integer':
    case 'number':
    case 'bigint':
      return isExact(value) ? equalityKey(data, value) : null
    case 'boolean':
      return typeof value === 'boolean' ? equalityKey(data, value) : null
    default:
      return null
  }
}

/** Written alike as a number and as a bigint. */
const isExact = (value: unknown): boolean =>
  (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER) ||
  (typeof value === 'bigint' && value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER)
