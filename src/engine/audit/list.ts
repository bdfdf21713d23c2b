/** Pages of the log, and what of an entry's images the reader may see. */

import {
  AliasNode,
  AndNode,
  BinaryOperationNode,
  ColumnNode,
  FromNode,
  FunctionNode,
  IdentifierNode,
  LimitNode,
  OffsetNode,
  type OperationNode,
  OperatorNode,
  OrderByItemNode,
  OrderByNode,
  ParensNode,
  RawNode,
  ReferenceNode,
  SelectionNode,
  SelectQueryNode,
  TableNode,
  UnaryOperationNode,
  ValueNode,
  WhereNode,
} from 'kysely'
import type { ColumnType, ReadLimits, SqlValue } from '../../drivers/driver.ts'
import type { PackedRows } from '../../protocol/rows.ts'
import type { EntityAccess } from '../access/access.ts'
import type { Dialect } from '../dialect.ts'
import { compileNode } from '../query/binding.ts'
import { ask, type Work } from '../work.ts'
import { entryColumns } from './entry.ts'
import { type Changes, visibleChanges } from './images.ts'
import { type AuditFilter, printCursor, readListOptions } from './list-options.ts'

/**
 * What the reader may do with the entity that an entry names; undefined for one that the schema does not have. Of an entry
 * that names none (SQL text) the reader sees the whole or nothing.
 */
export type ReaderAccess = (entity: string | null) => EntityAccess | 'whole' | undefined

export interface AuditPage {
  readonly data: PackedRows
  readonly limit: number
  readonly page?: number
  readonly total?: number
  readonly hasMore: boolean
  readonly nextCursor?: string
}

type EntryColumn = (typeof entryColumns)[number]

const columnTypes: { readonly [Name in EntryColumn]: ColumnType } = {
  seq: 'integer',
  at: 'text',
  userId: 'text',
  username: 'text',
  role: 'text',
  sessionId: 'text',
  guest: 'text',
  entity: 'text',
  operation: 'text',
  rowIds: 'json',
  rowCount: 'integer',
  rowsDigest: 'text',
  success: 'boolean',
  code: 'text',
  durationMs: 'number',
  changes: 'json',
  requestId: 'any',
  salt: 'text',
  prevHash: 'text',
  hash: 'text',
}

/** The salt would undo what it is for. */
const listed = entryColumns.filter((name) => name !== 'salt')
const entityAt = listed.indexOf('entity')
const changesAt = listed.indexOf('changes')

export function* listEntries(options: unknown, access: ReaderAccess, dialect: Dialect): Work<AuditPage> {
  const { filter, descending, limit, page, after, count } = readListOptions(options)
  const terms = filterTerms(filter)
  const beyond = after === null ? [] : [compare('seq', descending ? '<' : '>', after)]
  const values = [
    ...(yield* selectEntries(listed, [...terms, ...beyond], dialect, {
      descending,
      limit: limit + 1,
      offset: page === null ? 0 : (page - 1) * limit,
    })),
  ]
  const hasMore = values.length > limit * listed.length
  values.length = Math.min(values.length, limit * listed.length)
  for (let at = 0; at < values.length; at += listed.length) {
    const changes = values[at + changesAt] as Changes | null
    if (changes === null) continue
    values[at + changesAt] = visibleChanges(changes, access(values[at + entityAt] as string | null)).changes
  }
  return {
    data: { fields: listed, values },
    limit,
    ...(page !== null && { page }),
    ...(count && { total: yield* countEntries(terms, dialect) }),
    hasMore,
    ...(hasMore && { nextCursor: printCursor(descending, values[values.length - listed.length] as number) }),
  }
}

interface Window {
  readonly descending: boolean
  readonly limit: number
  readonly offset: number
}

/** Rows in one flat list. */
export function* selectEntries(
  columns: readonly EntryColumn[],
  terms: readonly OperationNode[],
  dialect: Dialect,
  { descending, limit, offset }: Window,
  most?: ReadLimits,
): Work<readonly unknown[]> {
  const node: SelectQueryNode = {
    ...baseNode(terms, dialect),
    selections: columns.map((name) => selection(ReferenceNode.create(ColumnNode.create(name)))),
    orderBy: OrderByNode.create([
      OrderByItemNode.create(
        ReferenceNode.create(ColumnNode.create('seq')),
        RawNode.createWithSql(descending ? 'desc' : 'asc'),
      ),
    ]),
    limit: LimitNode.create(ValueNode.create(limit)),
    ...(offset > 0 && { offset: OffsetNode.create(ValueNode.create(offset)) }),
  }
  const types = columns.map((name) => columnTypes[name])
  const { statement, parameters } = compileNode(node, types, dialect.createCompiler(), true)
  return (yield* ask(statement, parameters as readonly SqlValue[], most)).values
}

function* countEntries(terms: readonly OperationNode[], dialect: Dialect): Work<number> {
  const node: SelectQueryNode = {
    ...baseNode(terms, dialect),
    selections: [selection(FunctionNode.create('count', [ReferenceNode.create(ColumnNode.create('seq'))]))],
  }
  const { statement, parameters } = compileNode(node, ['integer'], dialect.createCompiler(), true)
  return (yield* ask(statement, parameters as readonly SqlValue[])).values[0] as number
}

/** Kysely's type names only the common children; its compiler prints any node in the place. */
function selection(node: OperationNode): SelectionNode {
  return SelectionNode.create(node as ReferenceNode)
}

function baseNode(terms: readonly OperationNode[], dialect: Dialect): SelectQueryNode {
  const base = {
    ...SelectQueryNode.create(),
    from: FromNode.create([TableNode.createWithSchema(dialect.schemaName, '_dbal_audit')]),
  } as SelectQueryNode
  if (terms.length === 0) return base
  return { ...base, where: WhereNode.create(terms.reduce((left, right) => AndNode.create(left, right))) }
}

export function filterTerms(filter: AuditFilter): OperationNode[] {
  const { rowId, from, to, success, ...equal } = filter
  const terms = Object.entries(equal).map(([name, value]) => compare(name as EntryColumn, '=', value))
  if (success !== undefined) terms.push(compare('success', '=', success ? 1 : 0))
  if (from !== undefined) terms.push(compare('at', '>=', from))
  if (to !== undefined) terms.push(compare('at', '<', to))
  if (rowId !== undefined) terms.push(hasRowId(rowId))
  return terms
}

export function compare(name: EntryColumn, operator: '=' | '<' | '>' | '>=', value: SqlValue): OperationNode {
  const column = ReferenceNode.create(ColumnNode.create(name))
  return value === null
    ? BinaryOperationNode.create(column, OperatorNode.create('is'), ValueNode.createImmediate(null))
    : BinaryOperationNode.create(column, OperatorNode.create(operator), ValueNode.create(value))
}

/** Among the ids that are stored: those of a bulk write beyond `maxStoredIds` are only in its digest. */
function hasRowId(rowId: string | number): OperationNode {
  const ids = AliasNode.create(
    FunctionNode.create('json_each', [ReferenceNode.create(ColumnNode.create('rowIds'))]),
    IdentifierNode.create('ids'),
  )
  const among = {
    ...SelectQueryNode.create(),
    from: FromNode.create([ids]),
    selections: [selection(ValueNode.createImmediate(1))],
    where: WhereNode.create(
      BinaryOperationNode.create(
        ReferenceNode.create(ColumnNode.create('value')),
        OperatorNode.create('='),
        ValueNode.create(rowId),
      ),
    ),
  } as SelectQueryNode
  return UnaryOperationNode.create(OperatorNode.create('exists'), ParensNode.create(among))
}
