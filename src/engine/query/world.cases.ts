/** A small world for the tests of this room: one table with a field of every type, one with a composite key, and callers. */

import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { OperationNode } from 'kysely'
import type { ColumnType, ResultSet, SqlValue, Statement } from '../../drivers/driver.ts'
import { defaultLimits, type Limits } from '../../protocol/limits.ts'
import { publicPrincipal } from '../../protocol/principal.ts'
import type { Row } from '../../protocol/rows.ts'
import type { EntityData, FieldData, SchemaData } from '../../schema/schema.ts'
import type { EntityAccess, Guard } from '../access/access.ts'
import { sqliteDialect } from '../dialect.ts'
import { type EntityModel, Model } from '../model.ts'
import type { Work } from '../work.ts'
import type { Caller } from './binding.ts'
import { Queries } from './queries.ts'

export function fieldData(type: FieldData['type'], more: Partial<FieldData> = {}): FieldData {
  return {
    type,
    required: false,
    nullable: true,
    unique: false,
    caseInsensitive: false,
    hidden: false,
    immutable: false,
    ...more,
  }
}

export function entityData(fields: Record<string, FieldData>, more: Partial<EntityData> = {}): EntityData {
  return {
    fields,
    primaryKey: ['id'],
    accessor: 'rows',
    indexes: [],
    search: [],
    rules: [],
    kind: 'table',
    system: false,
    limits: { list: 20, maximum: 100 },
    ...more,
  }
}

const owner = { entity: 'Pair', field: 'left', onDelete: 'cascade', onUpdate: 'cascade' } as const

export const schema: SchemaData = {
  name: 'world',
  entities: {
    Thing: entityData(
      {
        id: fieldData('uuid', { nullable: false, generated: 'id' }),
        name: fieldData('string', { caseInsensitive: true }),
        title: fieldData('string'),
        mail: fieldData('email'),
        kind: fieldData('enum', { values: ['one', 'two', 'three'] }),
        rank: fieldData('integer', { nullable: false }),
        size: fieldData('integer'),
        big: fieldData('bigint'),
        ratio: fieldData('number'),
        flag: fieldData('boolean'),
        at: fieldData('datetime'),
        props: fieldData('json'),
        blob: fieldData('bytes'),
        loose: fieldData('any'),
        secret: fieldData('string', { hidden: true }),
        ownerId: fieldData('uuid', { references: owner, as: 'owner', inverse: 'things' }),
      },
      { accessor: 'things' },
    ),
    Pair: entityData(
      {
        left: fieldData('integer', { nullable: false }),
        'right side': fieldData('string', { nullable: false }),
        note: fieldData('text'),
      },
      { primaryKey: ['left', 'right side'], accessor: 'pairs' },
    ),
    Log: entityData(
      { rowid: fieldData('integer', { nullable: false, generated: 'rowid' }), line: fieldData('text') },
      { primaryKey: ['rowid'], accessor: 'logs' },
    ),
    Overview: entityData(
      { rank: fieldData('integer'), count: fieldData('integer') },
      { primaryKey: [], accessor: 'overviews', kind: 'view' },
    ),
  },
}

const ddl = `
  create table "Thing" (
    "id" text primary key not null, "name" text collate nocase, "title" text, "mail" text, "kind" text,
    "rank" integer not null, "size" integer, "big" integer, "ratio" real, "flag" integer, "at" text, "props" text,
    "blob" blob, "loose" any, "secret" text, "ownerId" text
  ) strict;
  create index "Thing_rank" on "Thing" ("rank");
  create index "Thing_title_size" on "Thing" ("title", "size");
  create index "Thing_kind_at" on "Thing" ("kind", "at");
  create table "Pair" ("left" integer not null, "right side" text not null, "note" text, primary key ("left", "right side")) strict;
  create table "Log" ("line" text);
  create view "Overview" as select "rank", "size" as "count" from "Thing";
`

export const now = '2026-06-01T12:00:00.000Z'
export const caller: Caller = { principal: { ...publicPrincipal, role: 'user', userId: 'u-1' }, now }

export interface AccessOptions {
  readonly unreadable?: readonly string[]
  /** Operations that no rule allows. */
  readonly denied?: readonly string[]
  readonly guard?: (table: string) => OperationNode
  readonly related?: EntityAccess['related']
}

/** An access without rules behind it: what the access room makes of rules is its own matter. */
export function fakeAccess(entity: EntityModel, options: AccessOptions = {}): EntityAccess {
  const canRead = ({ name, data }: EntityModel['fields'][number]) =>
    !data.hidden && !options.unreadable?.includes(name)
  const guard = fakeGuard(options.guard)
  return {
    entity,
    guard: (operation) => (options.denied?.includes(operation) ? null : guard),
    check: () => guard,
    updatePairs: null,
    readable: entity.fields.filter(canRead),
    canRead,
    canWrite: () => true,
    escalation: null,
    strict: null,
    related: options.related ?? (() => fakeAccess(entity, options)),
  }
}

export function fakeGuard(node?: (table: string) => OperationNode): Guard {
  return {
    everyRow: node === undefined,
    node: (table) => (node as (table: string) => OperationNode)(table),
    check: () => true,
    relations: [],
    fields: [],
    isTimed: false,
    fixed: [],
  }
}

export interface Asked {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
}

export class World {
  readonly db = new DatabaseSync(':memory:', { enableDoubleQuotedStringLiterals: false })
  readonly model = new Model(schema)
  readonly queries: Queries
  readonly thing = this.model.entity('Thing')
  readonly pair = this.model.entity('Pair')
  /** One access for many queries, which then share their statements. */
  readonly open = fakeAccess(this.thing)
  /** What was run, in order. */
  readonly asked: Asked[] = []

  constructor(limits: Partial<Limits> = {}) {
    this.queries = new Queries(sqliteDialect, { ...defaultLimits, ...limits })
    this.db.exec(ddl)
  }

  access(options: AccessOptions = {}, entity: EntityModel = this.thing): EntityAccess {
    return fakeAccess(entity, options)
  }

  insert(entity: EntityModel, ...rows: Row[]): void {
    const { statement } = this.queries.writes.insert(entity)
    const prepared = this.db.prepare(statement.sql)
    for (const row of rows) {
      const values = entity.fields.map(({ name, data }) => sqliteDialect.encode(data.type, row[name]))
      prepared.all(...(values as SQLInputValue[]))
    }
  }

  run<T>(work: Work<T>): T {
    let step = work.next()
    while (!step.done) {
      const { statement, parameters } = step.value
      this.asked.push({ sql: statement.sql, parameters })
      let answer: ResultSet
      try {
        answer = execute(this.db, statement, parameters)
      } catch (error) {
        step = work.throw(error)
        continue
      }
      step = work.next(answer)
    }
    return step.value
  }

  /** The last statement that was run. */
  get last(): Asked {
    return this.asked.at(-1) as Asked
  }

  plan({ sql, parameters }: Asked = this.last): string {
    const rows = this.db.prepare(`explain query plan ${sql}`).all(...(parameters as SQLInputValue[]))
    return rows.map((row) => row.detail).join('\n')
  }
}

function execute(db: DatabaseSync, statement: Statement, parameters: readonly SqlValue[]): ResultSet {
  const prepared = db.prepare(statement.sql)
  prepared.setReadBigInts(true)
  prepared.setReturnArrays(true)
  const rows = prepared.all(...(parameters as SQLInputValue[])) as unknown as unknown[][]
  const { columns } = statement
  return {
    width: columns.length,
    values: rows.flatMap((row) => row.map((value, at) => decode(columns[at] as ColumnType, value))),
    changes: 0,
  }
}

function decode(type: ColumnType, value: unknown): unknown {
  if (value === null) return null
  switch (type) {
    case 'boolean':
      return value === 1n
    case 'json':
      return JSON.parse(value as string)
    case 'bigint':
      return value
    case 'bytes':
      return value
    default:
      return typeof value === 'bigint' ? Number(value) : value
  }
}

/** The nth id, in order. */
export function id(n: number): string {
  return `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
}
