/**
 * MariaDB and MySQL. What a field's value is stored as is chosen so that every comparison, order and check is the one that SQLite
 * makes: text by code point, instants as text, a boolean as 1 or 0, json as the text that was written.
 */

import {
  BinaryOperationNode,
  CastNode,
  ColumnNode,
  FunctionNode,
  type OperationNode,
  OperatorNode,
  ParensNode,
  RawNode,
  ReferenceNode,
  ValueNode,
} from 'kysely'
import type { ColumnType, MysqlServerName, SqlValue } from '../../drivers/driver.ts'
import type { FieldType } from '../../schema/schema.ts'
import type { Dialect } from '../dialect.ts'
import { meansTheSame, ownFunctions, ownName } from '../kysely/own-functions.ts'
import { followOthers } from '../neighbours/follow-others.ts'
import { isOfKind } from '../query/stored-kind.ts'
import type { TransactionWords } from '../transaction.ts'
import { MysqlCompiler, wholeNumbers } from './compiler.ts'
import { migrationsOf } from './migrations.ts'
import { Mysql8Compiler } from './mysql8-compiler.ts'
import { type MysqlServer, mariaDb, mysql } from './server.ts'

const statement = (sql: string) => ({ sql, columns: [] })

/**
 * Writers stand in one line, like SQLite's, over however many connections: the audit log is a chain, and has one end. The
 * procedure begins the transaction and locks the row that stands for the turn; the lock goes with the transaction.
 */
const takeTurn = statement('call main._dbal_begin()')

const transaction: TransactionWords = {
  begin: statement('start transaction'),
  beginWriting: takeTurn,
  beginExclusive: takeTurn,
  beginReading: [
    statement('set transaction isolation level repeatable read'),
    statement('start transaction with consistent snapshot, read only'),
  ],
}

const whole: ReadonlySet<FieldType> = new Set(['integer', 'bigint', 'boolean'])

const callable = {
  function: [
    'abs',
    'ceil',
    'ceiling',
    'coalesce',
    'floor',
    'ifnull',
    'instr',
    'length',
    'lower',
    'ltrim',
    'nullif',
    'octet_length',
    'replace',
    'rtrim',
    'sqrt',
    'trim',
    'upper',
  ],
  aggregate: [
    'avg',
    'count',
    'max',
    'min',
    'sum',
    'cume_dist',
    'dense_rank',
    'first_value',
    'lag',
    'last_value',
    'lead',
    'nth_value',
    'ntile',
    'percent_rank',
    'rank',
    'row_number',
  ],
}

/** What gives the same in both; SQLite's dates, its loose casts and its JSON functions have no like, nor has its division of integers. */
const queries: ReadonlySet<string> = new Set([
  ...Object.entries(callable).flatMap(([kind, names]) => names.map((name) => `${kind} ${name}`)),
  // A separator of the query's own is no value there.
  ...ownFunctions.filter((part) => part !== 'aggregate string_agg'),
  'json objects',
])

const dialectOf = (server: MysqlServer): Dialect => ({
  name: 'mysql',
  // It hears nothing of others; what has become of a commit of its own it has to look up all the same.
  followOthers,
  server: server.name,
  createCompiler: () => (server === mysql ? new Mysql8Compiler() : new MysqlCompiler()),
  // The driver puts its database here.
  schemaName: 'main',
  holds: isOfKind,
  transaction,
  migrations: migrationsOf(server),
  kysely: {
    has: (part) =>
      !/^(?:function|aggregate|cast|json|collate|operator|full)\b/.test(part) || queries.has(part),
    takes: meansTheSame,
    functionName: ownName,
    alwaysFences: true,
    ...(server === mariaDb && { collectsFlat: true }),
    firstOfRecursion,
  },
  pattern: (like) => like,
  patternNode: (like) => like,
  listItem(item, type) {
    if (type === 'bytes') return FunctionNode.create('unhex', [item])
    if (type === 'number') return CastNode.create(item, RawNode.createWithSql('double'))
    return whole.has(type) ? besides(item) : item
  },
  ruleValue: (type, value) => ValueNode.create(encode(type, value)),
  encode,
})

export const mariaDbDialect = dialectOf(mariaDb)
export const mysqlDialect = dialectOf(mysql)

export const mysqlDialects: { readonly [Name in MysqlServerName]: Dialect } = {
  mariadb: mariaDbDialect,
  mysql: mysqlDialect,
}

function encode(type: FieldType, value: unknown): SqlValue {
  if (value === null || value === undefined) return null
  if (type === 'boolean') return value ? 1 : 0
  // A value of any type keeps it in JSON.
  if (type === 'json' || type === 'any') return JSON.stringify(value)
  return value as SqlValue
}

/** Of the width of its first text a column takes nothing longer, and one of whole numbers rounds what has a fraction. */
function firstOfRecursion(
  node: OperationNode,
  type: ColumnType,
  whole: ColumnType,
): OperationNode | undefined {
  const literal = ValueNode.is(node) && node.immediate ? node.value : undefined
  // A value beside the text has the type that it is sent with: a whole number would round every fraction that follows.
  const isMere = ValueNode.is(node) && !node.immediate && typeof node.value !== 'string'
  if (literal === null || isMere) return undefined
  if (isText.has(type) || typeof literal === 'string')
    return CastNode.create(node, RawNode.createWithSql(`char(${longestText})`))
  const mayBeWhole = isWhole.has(type) || typeof literal === 'number' || isArithmetic(node)
  if ((whole === 'any' || whole === 'number') && mayBeWhole)
    return CastNode.create(node, RawNode.createWithSql('double'))
  return node
}

const isArithmetic = (node: OperationNode): boolean =>
  ParensNode.is(node)
    ? isArithmetic(node.node)
    : BinaryOperationNode.is(node) &&
      OperatorNode.is(node.operator) &&
      ['+', '-', '*'].includes(node.operator.operator)

const isText: ReadonlySet<ColumnType> = new Set(['text', 'datetime', 'json'])
const isWhole: ReadonlySet<ColumnType> = new Set(['integer', 'bigint', 'boolean'])

/** Characters from which on a column is the longest that there is. */
const longestText = 16_777_216

function besides(item: OperationNode): OperationNode {
  return ReferenceNode.is(item) && item.table
    ? ReferenceNode.create(ColumnNode.create(wholeNumbers), item.table)
    : item
}
