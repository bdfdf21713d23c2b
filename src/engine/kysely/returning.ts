/** RETURNING: columns of the written rows that the caller may read, nothing worked out. */

import { DBALError, invalid } from '../../protocol/error.ts'
import type { Row } from '../../protocol/rows.ts'
import type { EntityAccess } from '../access/access.ts'
import type { Tools } from '../operations/operation.ts'
import { type EntityCall, visibleRow } from '../operations/write.ts'
import { forbiddenField } from '../query/visibility.ts'
import type { Work } from '../work.ts'
import {
  columnName,
  get,
  identifier,
  isKind,
  list,
  nodeOf,
  read,
  shown,
  tableName,
  unsupported,
} from './tree.ts'

export interface Returned {
  readonly name: string
  readonly field: string
}

/** @param called how the query calls the table */
export function returningOf(given: unknown, access: EntityAccess, called: string): readonly Returned[] {
  if (given === undefined || given === null) return []
  const selections = list(read(given, 'ReturningNode', ['selections']), 'selections')
  const returned = selections.flatMap((one) => {
    const selection = get(read(one, 'SelectionNode', ['selection']), 'selection')
    if (isAll(selection, called)) return access.readable.map(({ name }) => ({ name, field: name }))
    const alias = isKind(selection, 'AliasNode') ? read(selection, 'AliasNode', ['node', 'alias']) : null
    const field = fieldName(alias ? get(alias, 'node') : selection, access, called)
    return [{ name: alias ? identifier(get(alias, 'alias')) : field, field }]
  })
  if (new Set(returned.map(({ name }) => name)).size < returned.length)
    throw invalid('query.returning', 'names two columns alike')
  return returned
}

function isAll(selection: unknown, called: string): boolean {
  if (isKind(selection, 'SelectAllNode')) return true
  if (!isKind(selection, 'ReferenceNode')) return false
  const reference = read(selection, 'ReferenceNode', ['column', 'table'])
  if (!isKind(get(reference, 'column'), 'SelectAllNode')) return false
  refuseOther(get(reference, 'table'), called)
  return true
}

function fieldName(given: unknown, access: EntityAccess, called: string): string {
  const node = nodeOf(given)
  if (!isKind(node, 'ReferenceNode') && !isKind(node, 'ColumnNode'))
    throw unsupported('RETURNING of anything but columns')
  const reference = isKind(node, 'ReferenceNode') ? read(node, 'ReferenceNode', ['column', 'table']) : null
  if (reference) refuseOther(get(reference, 'table'), called)
  const name = columnName(reference ? get(reference, 'column') : node)
  const field = access.entity.field(name)
  if (!field) throw invalid('query.returning', `${shown(name)} is not a field of ${access.entity.name}`)
  if (!access.readable.includes(field)) throw forbiddenField(access.entity, field, 'kysely.execute')
  return name
}

function refuseOther(table: unknown, called: string): void {
  if (table !== undefined && tableName(table) !== called)
    throw invalid('query.returning', `gives back columns of ${shown(called)} only`)
}

/**
 * A written row as it is given back.
 * @throws DBALError FORBIDDEN when the row is out of the caller's sight after the write, which then is undone
 */
export function* returnedRow(
  call: EntityCall,
  tools: Tools,
  row: Row,
  returning: readonly Returned[],
): Work<Row> {
  const visible = yield* visibleRow(call, tools, row)
  const out: Row = {}
  for (const { name, field } of returning) {
    if (!Object.hasOwn(visible, field)) {
      throw new DBALError('FORBIDDEN', 'The written row may not be read', {
        entity: call.entity.name,
        operation: 'read',
      })
    }
    out[name] = visible[field]
  }
  return out
}
