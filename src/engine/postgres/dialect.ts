/**
 * PostgreSQL. What a field's value is stored as is chosen so that every comparison, order and check is the one that
 * SQLite makes: text by code point, instants as text, a boolean as 1 or 0, json as the text that was written.
 */

import { CastNode, FunctionNode, RawNode, ValueNode } from 'kysely'
import type { SqlValue } from '../../drivers/driver.ts'
import type { FieldType } from '../../schema/schema.ts'
import type { Dialect } from '../dialect.ts'
import { meansTheSame, ownFunctions, ownName } from '../kysely/own-functions.ts'
import { followOthers } from '../neighbours/follow-others.ts'
import type { OutcomeWords } from '../outcomes.ts'
import { isOfKind } from '../query/stored-kind.ts'
import type { TransactionWords } from '../transaction.ts'
import { PostgresCompiler } from './compiler.ts'
import { postgresMigrations } from './migrations.ts'
import { postgresWords } from './words.ts'

const statement = (sql: string) => ({ sql, columns: [] })

/**
 * Writers stand in one line, like SQLite's, over however many connections: the audit log is a chain, and has one end. The
 * lock is that of the schema and goes with the transaction.
 */
const takeTurn = 'select pg_advisory_xact_lock(1684169068, hashtext(current_schema()))'

const transaction: TransactionWords = {
  begin: statement('begin'),
  beginWriting: statement(`begin; ${takeTurn}`),
  beginExclusive: statement(`begin; ${takeTurn}`),
  turn: [statement('begin'), statement(takeTurn)],
  beginReading: [statement('begin isolation level repeatable read read only')],
}

/**
 * The sum is asked for in the statement that writes, and the row that is there once more when it is locked: two engines that
 * know the same cannot both write.
 */
const outcomes: OutcomeWords = {
  put: {
    sql: `insert into main."_dbal_outcomes" as known ("client", "slot", "at", "replies")
select cast(? as text), cast(? as bigint), cast(? as bigint), cast(? as text)
where (select coalesce(sum("at"), 0) from main."_dbal_outcomes" where "client" = ?) = cast(? as numeric)
on conflict ("client", "slot") do update set "at" = excluded."at", "replies" = excluded."replies"
where known."at" = cast(? as bigint)`,
    columns: [],
  },
  putAll: {
    sql: `with given as materialized (
select r->>0 as "client", cast(r->>1 as bigint) as "slot", cast(r->>2 as bigint) as "at", r->>3 as "replies",
  cast(r->>5 as numeric) as "sum", cast(r->>6 as bigint) as "before"
from json_array_elements(cast(? as json)) as r)
insert into main."_dbal_outcomes" as known ("client", "slot", "at", "replies")
select "client", "slot", "at", "replies" from given
where (select coalesce(sum(o."at"), 0) from main."_dbal_outcomes" as o where o."client" = given."client") = "sum"
on conflict ("client", "slot") do update set "at" = excluded."at", "replies" = excluded."replies"
where known."at" = (select "before" from given where "client" = known."client")`,
    columns: [],
  },
  sum: {
    sql: 'select cast(coalesce(sum("at"), 0) as bigint) from main."_dbal_outcomes" where "client" = ?',
    columns: ['integer'],
  },
}

/** As a parameter or an item of a list is cast. */
const types: { readonly [Type in FieldType]: string } = {
  uuid: 'text',
  string: 'text',
  text: 'text',
  email: 'text',
  enum: 'text',
  datetime: 'text',
  json: 'text',
  integer: 'bigint',
  bigint: 'bigint',
  boolean: 'smallint',
  number: 'double precision',
  bytes: 'bytea',
  any: 'text',
}

/** What gives the same in both; SQLite's dates, its loose casts and its JSON functions have no like. */
const queries: ReadonlySet<string> = new Set([
  ...[
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
  ].map((name) => `function ${name}`),
  ...['octet_length', 'replace', 'rtrim', 'sqrt', 'trim', 'upper'].map((name) => `function ${name}`),
  ...['avg', 'count', 'max', 'min', 'sum'].map((name) => `aggregate ${name}`),
  ...['cume_dist', 'dense_rank', 'first_value', 'lag', 'last_value', 'lead', 'nth_value', 'ntile'].map(
    (name) => `aggregate ${name}`,
  ),
  ...['percent_rank', 'rank', 'row_number'].map((name) => `aggregate ${name}`),
  ...ownFunctions,
  'json objects',
])

export const postgresDialect: Dialect = {
  name: 'postgres',
  createCompiler: () => new PostgresCompiler(),
  // The driver puts the schema that it works in here.
  schemaName: 'main',
  holds: isOfKind,
  transaction,
  outcomes,
  followOthers,
  migrations: postgresMigrations,
  kysely: {
    // Two mere values would be compared as texts: nothing tells their types.
    has: (part) =>
      !/^(?:function|aggregate|cast|json|collate)\b|two mere values$/.test(part) || queries.has(part),
    takes: meansTheSame,
    functionName: ownName,
    alwaysFences: true,
  },
  pattern: (like) => like,
  patternNode: (like) => like,
  listItem(item, type) {
    if (type === 'bytes') return FunctionNode.create('decode', [item, RawNode.createWithSql("'hex'")])
    return CastNode.create(item, RawNode.createWithSql(types[type]))
  },
  ruleValue(type, value) {
    if (value === null) return ValueNode.createImmediate(null)
    const parameter = ValueNode.create(postgresDialect.encode(type, value))
    // A whole number keeps the index of a column of whole numbers; another one would be no value of its type.
    const name = Number.isSafeInteger(value) ? types.integer : types[type]
    const cast = CastNode.create(parameter, RawNode.createWithSql(name))
    return typeof value === 'string' ? RawNode.create(['(', ' collate "C")'], [cast]) : cast
  },
  words: postgresWords,
  encode(type, value) {
    if (value === null || value === undefined) return null
    if (type === 'boolean') return value ? 1 : 0
    // A value of any type keeps it in JSON.
    if (type === 'json' || type === 'any') return JSON.stringify(value)
    return value as SqlValue
  },
}
