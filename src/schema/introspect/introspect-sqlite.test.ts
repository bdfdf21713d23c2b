import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ResultSet } from '../../drivers/driver.ts'
import { schemaFromData } from '../define.ts'
import { relationsOf } from '../relations.ts'
import type { SchemaData } from '../schema.ts'
import { caseInsensitiveColumns } from './collations.ts'
import { readDefault } from './column-type.ts'
import { introspectSqlite } from './introspect-sqlite.ts'

/** Introspects a database with these statements run in it; every schema must be one that a host accepts. */
function introspect(sql: string): SchemaData {
  using database = new DatabaseSync(':memory:')
  database.exec(sql)
  const work = introspectSqlite('test')
  let step = work.next()
  while (!step.done) {
    const { statement, parameters } = step.value
    let answer: ResultSet
    try {
      const prepared = database.prepare(statement.sql)
      prepared.setReturnArrays(true)
      const rows = prepared.all(...(parameters as string[])) as unknown as unknown[][]
      answer = { width: statement.columns.length, values: rows.flat(), changes: 0 }
    } catch (error) {
      step = work.throw(error)
      continue
    }
    step = work.next(answer)
  }
  expect(schemaFromData(JSON.parse(JSON.stringify(step.value)))).toEqual(step.value)
  relationsOf(step.value)
  return step.value
}

const fieldsOf = (sql: string, table = 't') => introspect(sql).entities[table]?.fields ?? {}
const typesOf = (sql: string) =>
  Object.fromEntries(Object.entries(fieldsOf(sql)).map(([name, { type }]) => [name, type]))

describe('introspectSqlite', () => {
  test('types follow the declaration', () => {
    expect(
      typesOf(`CREATE TABLE t (a INTEGER PRIMARY KEY, b BIGINT, c NVARCHAR(20), d TEXT, e REAL, f DOUBLE PRECISION, g NUMERIC(10,2),
        h DECIMAL, i BOOLEAN, j DATETIME, k DATE, l JSON, m BLOB, n, o UUID, p GEOMETRY, q TINYINT, r CLOB)`),
    ).toEqual({
      a: 'integer',
      b: 'bigint',
      c: 'string',
      d: 'text',
      e: 'number',
      f: 'number',
      g: 'number',
      h: 'number',
      i: 'integer',
      j: 'text',
      k: 'text',
      l: 'text',
      m: 'bytes',
      n: 'any',
      o: 'string',
      p: 'any',
      q: 'integer',
      r: 'text',
    })
    expect(typesOf('CREATE TABLE t (a INT PRIMARY KEY, b ANY, c BLOB) STRICT')).toEqual({
      a: 'integer',
      b: 'any',
      c: 'bytes',
    })
  })

  test('INTEGER PRIMARY KEY is the rowid: it may be given, and is made otherwise', () => {
    expect(fieldsOf('CREATE TABLE t (a INTEGER PRIMARY KEY, b)')['a']).toMatchObject({
      generated: 'rowid',
      required: false,
    })
    expect(fieldsOf('CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b)')['a']).toMatchObject({
      generated: 'rowid',
    })
    expect(fieldsOf('CREATE TABLE t (a INTEGER, b, PRIMARY KEY (a))')['a']).toMatchObject({
      generated: 'rowid',
    })
  })

  test.each([
    'CREATE TABLE t (a INTEGER PRIMARY KEY DESC, b)',
    'CREATE TABLE t (a INT PRIMARY KEY, b)',
    'CREATE TABLE t (a TEXT PRIMARY KEY, b)',
    'CREATE TABLE t (a INTEGER PRIMARY KEY, b) WITHOUT ROWID',
    'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INTEGER PRIMARY KEY REFERENCES p, b)',
  ])('any other key must be given: %s', (sql) => {
    expect(fieldsOf(sql)['a']).toMatchObject({ required: true, nullable: false, immutable: true })
    expect(fieldsOf(sql)['a']).not.toHaveProperty('generated')
  })

  test('a composite key keeps its own order', () => {
    const schema = introspect(
      'CREATE TABLE "Order Details" (b TEXT, a INTEGER, "Unit Price" NUMERIC NOT NULL, PRIMARY KEY (a, b))',
    )
    expect(schema.entities['Order Details']).toMatchObject({
      primaryKey: ['a', 'b'],
      accessor: 'orderDetails',
    })
    expect(Object.keys(schema.entities['Order Details']?.fields ?? {})).toEqual(['b', 'a', 'Unit Price'])
  })

  test('a table without a primary key is addressed by its rowid, under a name that is free', () => {
    const { entities } = introspect(
      `CREATE TABLE t (a); CREATE TABLE u (rowid TEXT, _rowid_ TEXT); CREATE TABLE v (rowid, _rowid_, OID)`,
    )
    expect(entities['t']).toMatchObject({ kind: 'table', primaryKey: ['rowid'] })
    expect(entities['t']?.fields['rowid']).toMatchObject({ type: 'integer', generated: 'rowid' })
    expect(entities['u']).toMatchObject({ primaryKey: ['oid'] })
    expect(entities['v']).toMatchObject({ kind: 'view', primaryKey: [] })
  })

  test('views are read-only; one that no longer works is left out', () => {
    const { entities } = introspect(`CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);
      CREATE VIEW "all of t" AS SELECT a, b, a + 1 AS next FROM t; CREATE TABLE gone (x); CREATE VIEW broken AS SELECT x FROM gone;
      DROP TABLE gone`)
    expect(Object.keys(entities)).toEqual(['all of t', 't'])
    expect(entities['all of t']).toMatchObject({ kind: 'view', primaryKey: [], indexes: [], rules: [] })
    expect(entities['all of t']?.fields).toMatchObject({
      a: { type: 'integer' },
      b: { type: 'text' },
      next: { type: 'any' },
    })
  })

  test('generated columns are read and never written', () => {
    const fields = fieldsOf(
      'CREATE TABLE t (a INTEGER PRIMARY KEY, b INT AS (a + 1), c INT NOT NULL AS (a + 2) STORED)',
    )
    expect(fields['b']).toMatchObject({ generated: 'computed', required: false })
    expect(fields['c']).toMatchObject({ generated: 'computed', required: false })
  })

  test('defaults that are values are taken over; others must be given where null cannot stand', () => {
    const fields =
      fieldsOf(`CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL DEFAULT 'it''s', c INT NOT NULL DEFAULT (-3),
      d REAL DEFAULT 1.5, e TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, f TEXT DEFAULT CURRENT_TIMESTAMP, g BOOLEAN NOT NULL DEFAULT FALSE,
      h TEXT NOT NULL, i TEXT, j BLOB NOT NULL DEFAULT x'00', k TEXT NOT NULL DEFAULT 7, l INT DEFAULT 'many')`)
    const seen = Object.entries(fields).map(([name, { required, nullable, default: value }]) => [
      name,
      required,
      nullable,
      value,
    ])
    expect(seen).toEqual([
      ['a', false, false, undefined],
      ['b', false, false, "it's"],
      ['c', false, false, -3],
      ['d', false, true, 1.5],
      ['e', true, false, undefined],
      ['f', false, true, null],
      ['g', false, false, 0],
      ['h', true, false, undefined],
      ['i', false, true, null],
      ['j', true, false, undefined],
      ['k', false, false, '7'],
      ['l', false, true, null],
    ])
  })

  test('foreign keys give relations, to the key where no column is named, whatever the case of the names', () => {
    const schema = introspect(`CREATE TABLE Album (AlbumId INTEGER PRIMARY KEY, Code TEXT UNIQUE);
      CREATE TABLE Track (id INTEGER PRIMARY KEY, AlbumId INT REFERENCES album ON DELETE CASCADE, code TEXT REFERENCES ALBUM(CODE) ON DELETE SET NULL,
        lost INT REFERENCES nowhere, parent_id INT REFERENCES Track ON UPDATE RESTRICT)`)
    const { AlbumId, code, lost } = schema.entities['Track']?.fields ?? {}
    expect(AlbumId?.references).toEqual({
      entity: 'Album',
      field: 'AlbumId',
      onDelete: 'cascade',
      onUpdate: 'noAction',
    })
    expect(code?.references).toEqual({
      entity: 'Album',
      field: 'Code',
      onDelete: 'setNull',
      onUpdate: 'noAction',
    })
    expect(lost).not.toHaveProperty('references')
    expect(relationsOf(schema)['Track']?.map(({ name, entity }) => `${name} ${entity}`)).toEqual([
      'Album Album',
      'codeAlbum Album',
      'parent Track',
      'tracks Track',
    ])
    expect(relationsOf(schema)['Album']?.map(({ name }) => name)).toEqual(['tracksByAlbumId', 'tracksByCode'])
  })

  test('a composite foreign key is the database’s affair', () => {
    const fields = fieldsOf(`CREATE TABLE p (a, b, PRIMARY KEY (a, b));
      CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c REFERENCES p, FOREIGN KEY (a, b) REFERENCES p)`)
    for (const field of Object.values(fields)) expect(field).not.toHaveProperty('references')
  })

  test('relations whose names are taken get other names', () => {
    const schema =
      introspect(`CREATE TABLE a (id INTEGER PRIMARY KEY, b INT, b_id INT REFERENCES b, bId INT REFERENCES b);
      CREATE TABLE b (id INTEGER PRIMARY KEY, asByB_id INT, aId INT REFERENCES a)`)
    expect(relationsOf(schema)['a']?.map(({ name }) => name)).toEqual(['b2', 'b3', 'bs'])
    expect(relationsOf(schema)['b']?.map(({ name }) => name)).toEqual(['asByB_id2', 'asByBId', 'a'])
  })

  test('indexes and unique columns; not those over expressions or a part of the rows', () => {
    const { t } = introspect(`CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b, c, d, UNIQUE (b, c));
      CREATE INDEX one ON t (d); CREATE INDEX two ON t (c, d); CREATE INDEX again ON t (d); CREATE INDEX upper ON t (upper(a));
      CREATE UNIQUE INDEX part ON t (d) WHERE d > 1; CREATE INDEX a_again ON t (a)`).entities
    expect(Object.entries(t?.fields ?? {}).filter(([, { unique }]) => unique)).toHaveLength(1)
    expect(t?.fields['a']?.unique).toBe(true)
    expect([...(t?.indexes ?? [])].sort((a, b) => (a.fields.join() < b.fields.join() ? -1 : 1))).toEqual([
      { fields: ['b', 'c'], unique: true },
      { fields: ['c', 'd'], unique: false },
      { fields: ['d'], unique: false },
    ])
  })

  test('columns under NOCASE are case-insensitive', () => {
    const fields =
      fieldsOf(`CREATE TABLE t (a TEXT COLLATE NOCASE PRIMARY KEY, "b b" TEXT /* , x */ CHECK ("b b" <> ',' COLLATE nocase) -- COLLATE
      , c TEXT NOT NULL COLLATE "nocase", d TEXT COLLATE RTRIM, e INT COLLATE NOCASE, UNIQUE (d COLLATE NOCASE))`)
    expect(
      Object.entries(fields).flatMap(([name, { caseInsensitive }]) => (caseInsensitive ? [name] : [])),
    ).toEqual(['a', 'c'])
  })

  test('what SQLite, full-text search and this package keep for themselves is left out', () => {
    const { entities } =
      introspect(`CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT); INSERT INTO t (b) VALUES ('x');
      CREATE INDEX i ON t (b); ANALYZE; CREATE TABLE _dbal_audit (a INTEGER PRIMARY KEY); CREATE VIRTUAL TABLE words USING fts5(b);
      CREATE VIRTUAL TABLE places USING rtree(id, x0, x1); CREATE TEMP TABLE temporary (a)`)
    expect(Object.keys(entities)).toEqual(['places', 't', 'words'])
    expect(entities['words']).toMatchObject({ kind: 'view', fields: { b: { type: 'any' } } })
    expect(Object.keys(entities['words']?.fields ?? {})).toEqual(['b'])
  })

  test('accessors are identifiers, free of each other and of what the client has', () => {
    const names = [
      'a-b',
      'a b',
      'A_B',
      'status',
      'then',
      'export',
      '2024',
      'ü',
      'select',
      '😀',
      'Order Details',
      'toString',
      'hasOwnProperty',
    ]
    const { entities } = introspect(
      names.map((name) => `CREATE TABLE "${name}" (id INTEGER PRIMARY KEY)`).join(';'),
    )
    const accessors = Object.values(entities).map(({ accessor }) => accessor)
    expect(Object.keys(entities).sort()).toEqual([...names].sort())
    expect(new Set(accessors).size).toBe(names.length)
    expect(accessors.filter((accessor) => !/^[A-Za-z]\w*$/.test(accessor))).toEqual([])
    expect(entities['Order Details']?.accessor).toBe('orderDetails')
    expect(entities['status']?.accessor).toBe('status')
  })

  test('names that no schema may have are left out', () => {
    const { entities } = introspect(
      'CREATE TABLE constructor (a); CREATE TABLE t (id INTEGER PRIMARY KEY, "__proto__" TEXT, a TEXT)',
    )
    expect(Object.keys(entities)).toEqual(['t'])
    expect(Object.keys(entities['t']?.fields ?? {})).toEqual(['id', 'a'])
  })

  test('a foreign file never passes for the built-in schema', () => {
    const work = introspectSqlite('metabuilder')
    work.next()
    const { value } = work.next({ width: 4, values: [], changes: 0 })
    expect(value).toEqual({ name: 'file', entities: {} })
  })

  test('an empty file has no entities', () => {
    expect(introspect('').entities).toEqual({})
  })

  test('any names at all make a schema that is accepted', () => {
    const name = fc.oneof(
      fc.string({ minLength: 1, maxLength: 8 }),
      fc.constantFrom(
        'a',
        'A b',
        'a_b',
        'id',
        'rowid',
        'on',
        'x"y',
        "x'y",
        'x]y',
        'a.b',
        'é',
        'É',
        'valueOf',
      ),
    )
    // SQLite ends a name at NUL and folds the case of ASCII letters.
    const fold = (text: string) => text.toLowerCase()
    const names = fc.uniqueArray(
      name.filter((text) => !text.includes('\0') && !/^sqlite_/i.test(text) && text.isWellFormed()),
      {
        selector: fold,
        minLength: 1,
        maxLength: 4,
      },
    )
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
    fc.assert(
      fc.property(names, names, (tables, columns) => {
        const sql = tables.map((table, at) => {
          const other = quote(tables[(at + 1) % tables.length] as string)
          return `CREATE TABLE ${quote(table)} (${columns.map((column, n) => `${quote(column)} TEXT ${n === 0 ? 'PRIMARY KEY' : `REFERENCES ${other} COLLATE NOCASE`}`).join()})`
        })
        const { entities } = introspect(sql.join(';'))
        expect(Object.keys(entities)).toHaveLength(tables.length)
      }),
      { numRuns: 150 },
    )
  })
})

test('readDefault and caseInsensitiveColumns take any text', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.constantFrom('integer', 'number', 'text', 'any', 'bytes') as fc.Arbitrary<'any'>,
      (text, type) => {
        readDefault(text, type)
        caseInsensitiveColumns(`CREATE TABLE t (${text}`)
      },
    ),
  )
})
