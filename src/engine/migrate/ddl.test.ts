import { describe, expect, test } from 'vitest'
import { DriverError } from '../../drivers/driver.ts'
import { defineSchema } from '../../schema/define.ts'
import { f } from '../../schema/fields.ts'
import type { Column, Table } from '../../schema/migration.ts'
import type { EntityData, FieldData, FieldType, SchemaData } from '../../schema/schema.ts'
import { createTexts, creationOrder, quoteName, quoteText, sqliteDdl } from './ddl.ts'
import { setupMigrate } from './migrate-setup.cases.ts'
import { tablesOf } from './table.ts'

const ddl = sqliteDdl

function setupTables(schema: SchemaData) {
  const setup = setupMigrate()
  for (const text of createTexts(tablesOf(schema), ddl)) setup.query(text)
  return setup
}

function setupColumn(column: Column) {
  const table: Table = { columns: { x: column }, primaryKey: [], indexes: [] }
  const { query } = setupMigrate()
  query(ddl.createTable('T', table))
  return (value: null | number | bigint | string | Uint8Array) => {
    query('INSERT INTO T VALUES (?)', [], [value])
    return query('SELECT x FROM T', ['any']).at(-1)
  }
}

describe('a table', () => {
  test('is written as a person would', () => {
    const schema = defineSchema({
      User: {
        fields: {
          id: f.id(),
          username: f.string({
            required: true,
            unique: true,
            caseInsensitive: true,
            min: 3,
            max: 50,
            pattern: '^[a-z]+$',
          }),
          age: f.integer({ min: 0 }),
          meta: f.json({ default: { a: "it's" } }),
          managerId: f.uuid({ references: 'User.id', onDelete: 'setNull' }),
        },
        indexes: [['age', 'username']],
      },
    })
    expect(createTexts(tablesOf(schema), ddl)).toEqual([
      `CREATE TABLE "User" (
  "id" TEXT PRIMARY KEY NOT NULL CHECK (length("id") = 36),
  "username" TEXT NOT NULL COLLATE NOCASE CHECK (length("username") BETWEEN 3 AND 50 AND "username" NOT GLOB '*[^a-z]*' AND "username" GLOB '[a-z]*'),
  "age" INTEGER CHECK ("age" >= 0),
  "meta" TEXT NOT NULL DEFAULT '{"a":"it''s"}' CHECK (json_valid("meta")),
  "managerId" TEXT CHECK (length("managerId") = 36) REFERENCES "User" ("id") ON DELETE SET NULL ON UPDATE NO ACTION
) STRICT`,
      'CREATE UNIQUE INDEX IF NOT EXISTS "User.username.unique" ON "User" ("username")',
      'CREATE INDEX IF NOT EXISTS "User.age.username.index" ON "User" ("age", "username")',
      'CREATE INDEX IF NOT EXISTS "User.managerId.index" ON "User" ("managerId")',
    ])
  })

  test('may be addressed by a number that SQLite gives', () => {
    const schema: SchemaData = defineSchema({
      Track: { fields: { id: f.integer({ primary: true }), name: f.string() } },
    })
    const entity = schema.entities.Track as EntityData
    const id = { ...entity.fields.id, generated: 'rowid' } as FieldData
    const { query } = setupTables({
      name: 'x',
      entities: { Track: { ...entity, fields: { ...entity.fields, id } } },
    })
    query("INSERT INTO Track VALUES (NULL, 'a'), (NULL, 'b')")
    expect(query('SELECT id FROM Track WHERE id = rowid', ['integer'])).toEqual([1, 2])
  })

  test('has no definition of what a foreign file computes, nor has a view', () => {
    const schema: SchemaData = defineSchema({ A: { fields: { id: f.id(), double: f.integer() } } })
    const entity = schema.entities.A as EntityData
    const double = { ...entity.fields.double, generated: 'computed' } as FieldData
    const tables = tablesOf({
      name: 'x',
      entities: { A: { ...entity, fields: { ...entity.fields, double } }, V: { ...entity, kind: 'view' } },
    })
    expect(Object.keys(tables)).toEqual(['A'])
    expect(Object.keys(tables.A?.columns ?? {})).toEqual(['id'])
  })

  test('may have a key of several fields', () => {
    const schema = defineSchema({
      Grade: { fields: { a: f.string({ primary: true }), b: f.integer({ primary: true }), c: f.number() } },
    })
    const { query } = setupTables(schema)
    query("INSERT INTO Grade VALUES ('x', 1, 2.5)")
    expect(() => query("INSERT INTO Grade VALUES ('x', 1, 3)")).toThrow(DriverError)
    query("INSERT INTO Grade VALUES ('x', 2, 3)")
  })

  test('stands after those that it refers to, and cycles are no obstacle', () => {
    const schema = defineSchema({
      Child: { fields: { id: f.id(), parentId: f.uuid({ references: 'Parent.id' }) } },
      Chicken: { fields: { id: f.id(), eggId: f.uuid({ references: 'Egg.id' }) } },
      Egg: { fields: { id: f.id(), chickenId: f.uuid({ references: 'Chicken.id' }) } },
      Parent: { fields: { id: f.id() } },
    })
    expect(creationOrder(tablesOf(schema))).toEqual(['Parent', 'Child', 'Egg', 'Chicken'])
    expect(() => setupTables(schema)).not.toThrow()
  })

  test('has no index for a reference with which another begins', () => {
    const schema = defineSchema({
      A: { fields: { id: f.id() } },
      B: {
        fields: {
          id: f.id(),
          first: f.uuid({ references: 'A.id', unique: true }),
          second: f.uuid({ references: 'A.id', inverse: 'seconds' }),
          third: f.uuid({ references: 'A.id', inverse: 'thirds' }),
        },
        indexes: [['second', 'third']],
      },
    })
    const { query } = setupTables(schema)
    expect(
      query("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1", ['text']),
    ).toEqual(['B.first.unique', 'B.second.third.index', 'B.third.index'])
  })

  test('refers to a column that is unique without regard to letter case', () => {
    const { query } = setupTables(
      defineSchema({
        User: {
          fields: { id: f.id(), username: f.string({ required: true, unique: true, caseInsensitive: true }) },
        },
        Credential: {
          fields: {
            id: f.id(),
            username: f.string({
              required: true,
              unique: true,
              caseInsensitive: true,
              references: 'User.username',
              onDelete: 'cascade',
              onUpdate: 'cascade',
            }),
          },
        },
      }),
    )
    const [user, credential] = ['u'.repeat(36), 'c'.repeat(36)]
    query('INSERT INTO User VALUES (?, ?)', [], [user, 'Alice'])
    query('INSERT INTO Credential VALUES (?, ?)', [], [credential, 'alice'])
    expect(() => query('INSERT INTO Credential VALUES (?, ?)', [], ['d'.repeat(36), 'ALICE'])).toThrow(
      DriverError,
    )
    expect(() => query('INSERT INTO Credential VALUES (?, ?)', [], ['d'.repeat(36), 'bob'])).toThrow(
      DriverError,
    )
    query("UPDATE User SET username = 'carol'")
    expect(query('SELECT username FROM Credential', ['text'])).toEqual(['carol'])
    query('DELETE FROM User')
    expect(query('SELECT count(*) FROM Credential', ['integer'])).toEqual([0])
  })
})

describe('a column refuses what the field does not take:', () => {
  const uuid = '01890000-0000-7000-8000-000000000001'
  test.each<[Column, readonly unknown[], readonly unknown[]]>([
    [{ type: 'uuid' }, [uuid], ['x', null]],
    [{ type: 'string', min: 2, max: 3 }, ['ab', '😀😀😀'], ['a', 'abcd', '😀']],
    [{ type: 'text', nullable: true }, ['', null], []],
    [{ type: 'email', max: 5 }, ['a@b.c'], ['a@b.cd']],
    [{ type: 'string', pattern: '^[a-z]+$' }, ['abc'], ['', 'aBc', 'a b']],
    [{ type: 'string', pattern: '^[a-z]*$' }, ['', 'abc'], ['A']],
    [{ type: 'enum', values: ['a', "b'c"] }, ['a', "b'c"], ['b', '']],
    [{ type: 'enum' }, ['a'], [null]],
    [{ type: 'integer', min: -1, max: 5 }, [-1, 5], [6, -2, 1.5, 'x']],
    [{ type: 'bigint', min: 0 }, [2n ** 62n], [-1n]],
    [{ type: 'number', max: 0.5 }, [0.5, -1e300], [0.6]],
    [{ type: 'boolean' }, [0, 1], [2]],
    [{ type: 'datetime' }, ['2026-01-15T10:30:00.000Z'], ['2026-01-15', '2026-01-15T10:30:00Z', '']],
    [{ type: 'json' }, ['{}', '[1]', 'null', '"x"'], ['{', '']],
    [{ type: 'bytes', min: 1, max: 2 }, [Uint8Array.of(1)], [Uint8Array.of(), Uint8Array.of(1, 2, 3), 'x']],
    [{ type: 'any', nullable: true }, ['x', 1, Uint8Array.of(1), null], []],
  ])('%j', (column, taken, refused) => {
    const put = setupColumn(column)
    for (const value of taken) expect(put(value as never)).toEqual(value)
    for (const value of refused) expect(() => put(value as never)).toThrow(DriverError)
  })
})

describe('a default', () => {
  test.each<[FieldType, Column['default'], unknown]>([
    ['string', "it's", "it's"],
    ['integer', -5, -5],
    ['number', 1e300, 1e300],
    ['number', 0.5, 0.5],
    ['bigint', '9007199254740993', 9007199254740993n],
    ['bigint', 12, 12],
    ['boolean', true, 1],
    ['boolean', false, 0],
    ['json', { a: ["'"] }, '{"a":["\'"]}'],
    ['json', 'text', '"text"'],
    ['datetime', '2026-01-15T10:30:00.000Z', '2026-01-15T10:30:00.000Z'],
  ])('of type %s is the value %j', (type, value, stored) => {
    const { query } = setupMigrate()
    query(
      ddl.createTable('T', {
        columns: { a: { type: 'integer' }, b: { type, default: value as never } },
        primaryKey: [],
        indexes: [],
      }),
    )
    query('INSERT INTO T (a) VALUES (1)')
    expect(query('SELECT b FROM T', ['any'])).toEqual([stored])
  })

  test('of a kind that the column cannot have is refused', () => {
    const column: Column = { type: 'string', default: ['x'] }
    expect(() => ddl.createTable('T', { columns: { a: column }, primaryKey: [], indexes: [] })).toThrow(
      RangeError,
    )
  })
})

describe('names and texts', () => {
  test.each(['a"b', "a'b", 'a;b', 'a]b', 'select', ' ', '--', '/*', 'ü😀', '\n'])(
    '%j stay what they are',
    (name) => {
      const { query } = setupMigrate()
      query(
        ddl.createTable(name, {
          columns: { [name]: { type: 'string', default: name } },
          primaryKey: [],
          indexes: [],
        }),
      )
      query(ddl.createIndex(name, { fields: [name], unique: true }))
      query(`INSERT INTO ${quoteName(name)} DEFAULT VALUES`)
      expect(
        query(
          `SELECT ${quoteName(name)} FROM ${quoteName(name)} WHERE ${quoteName(name)} = ${quoteText(name)}`,
          ['text'],
        ),
      ).toEqual([name])
    },
  )

  test('cannot hold a NUL', () => {
    expect(() => quoteName('a\0b')).toThrow(RangeError)
    expect(() => quoteText('a\0b')).toThrow(RangeError)
  })
})
