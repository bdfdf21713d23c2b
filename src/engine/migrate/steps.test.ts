import { describe, expect, test } from 'vitest'
import type { Connection } from '../../drivers/driver.ts'
import { DriverError } from '../../drivers/driver.ts'
import type { Change, Migration, NamedTable, Tables } from '../../schema/migration.ts'
import { runSync } from '../work.ts'
import { tablesAfter } from './change.ts'
import { ids, setupMigrate } from './migrate-setup.cases.ts'
import { sqliteMigrations } from './migration-dialect.ts'
import { prepareDatabase } from './prepare.ts'
import { runSteps } from './steps.ts'

const author: NamedTable = {
  name: 'Author',
  columns: {
    id: { type: 'uuid' },
    name: { type: 'string', max: 50 },
    nick: { type: 'string', nullable: true, unique: true },
  },
  primaryKey: ['id'],
  indexes: [{ fields: ['name', 'nick'] }],
}
const post: NamedTable = {
  name: 'Post',
  columns: {
    id: { type: 'uuid' },
    authorId: {
      type: 'uuid',
      nullable: true,
      references: { entity: 'Author', field: 'id', onDelete: 'cascade', onUpdate: 'noAction' },
    },
  },
  primaryKey: ['id'],
  indexes: [],
}
const creation: Migration['up'] = [{ createEntity: author }, { createEntity: post }]

/** A database with both tables and a row in each. */
function setup() {
  const database = setupMigrate()
  database.query('PRAGMA foreign_keys = OFF')
  const steps = (up: Migration['up']) => database.run(runSteps(up, sqliteMigrations, 'Test'))
  steps(creation)
  database.query('INSERT INTO Author VALUES (?, ?, ?)', [], [ids[0], 'Ann', 'a'])
  database.query('INSERT INTO Post VALUES (?, ?)', [], [ids[1], ids[0]])
  return { ...database, steps }
}

/** What a new database has that is made with the tables as they are after the changes. */
function madeAnew(changes: readonly Change[]): readonly unknown[] {
  const tables = tablesAfter({}, [...creation, ...changes]) as Tables
  const fresh = setupMigrate()
  fresh.run(
    runSteps(
      Object.entries(tables).map(([name, table]): Change => ({ createEntity: { name, ...table } })),
      sqliteMigrations,
      'Test',
    ),
  )
  return structure(fresh)
}

/** All that pragmas tell of the tables. */
function structure({ query }: { query: ReturnType<typeof setupMigrate>['query'] }): readonly unknown[] {
  const names = query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", [
    'text',
  ]) as string[]
  return names.map((name) => [
    name,
    query(
      `SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info('${name}') ORDER BY name`,
      Array(5).fill('any'),
    ),
    query(
      `SELECT "from", "table", "to", on_delete, on_update FROM pragma_foreign_key_list('${name}')`,
      Array(5).fill('any'),
    ),
    query(
      `SELECT i.name, i."unique", c.name FROM pragma_index_list('${name}') AS i JOIN pragma_index_info(i.name) AS c WHERE i.origin = 'c' ORDER BY 1, c.seqno`,
      ['text', 'integer', 'text'],
    ),
  ])
}

describe('a described change leads to what a new table would be:', () => {
  test.each<[string, readonly Change[]]>([
    ['dropEntity', [{ dropEntity: 'Post' }]],
    ['renameEntity', [{ renameEntity: { from: 'Author', to: 'Writer' } }]],
    ['addField', [{ addField: { entity: 'Author', name: 'bio', column: { type: 'text', nullable: true } } }]],
    [
      'addField with a default',
      [{ addField: { entity: 'Author', name: 'rank', column: { type: 'integer', default: 3 } } }],
    ],
    [
      'addField, unique',
      [
        {
          addField: {
            entity: 'Author',
            name: 'mail',
            column: { type: 'email', nullable: true, unique: true },
          },
        },
      ],
    ],
    [
      'addField with a reference',
      [
        {
          addField: {
            entity: 'Author',
            name: 'favouriteId',
            column: {
              type: 'uuid',
              nullable: true,
              references: { entity: 'Post', field: 'id', onDelete: 'setNull', onUpdate: 'cascade' },
            },
          },
        },
      ],
    ],
    ['dropField', [{ dropField: { entity: 'Author', name: 'nick' } }]],
    ['dropField of a reference', [{ dropField: { entity: 'Post', name: 'authorId' } }]],
    ['renameField', [{ renameField: { entity: 'Author', from: 'nick', to: 'alias' } }]],
    ['renameField of a key', [{ renameField: { entity: 'Author', from: 'id', to: 'key' } }]],
    ['addIndex', [{ addIndex: { entity: 'Author', fields: ['nick', 'name'] } }]],
    ['addIndex, unique', [{ addIndex: { entity: 'Author', fields: ['name'], unique: true } }]],
    [
      'addIndex, unique over several fields',
      [{ addIndex: { entity: 'Author', fields: ['nick', 'name'], unique: true } }],
    ],
    ['dropIndex', [{ dropIndex: { entity: 'Author', fields: ['name', 'nick'] } }]],
    ['dropIndex, unique', [{ dropIndex: { entity: 'Author', fields: ['nick'], unique: true } }]],
    [
      'rebuildEntity',
      [
        {
          rebuildEntity: {
            ...author,
            columns: {
              id: { type: 'uuid' },
              name: { type: 'text', min: 1 },
              age: { type: 'integer', default: 0 },
            },
            indexes: [{ fields: ['age'] }],
          },
        },
      ],
    ],
  ])('%s', (_, changes) => {
    const database = setup()
    database.steps(changes)
    expect(structure(database)).toEqual(madeAnew(changes))
    expect(database.query('PRAGMA foreign_key_check', Array(4).fill('any'))).toEqual([])
  })
})

describe('rows', () => {
  test('get the given value for a field that takes no null', () => {
    const { steps, query } = setup()
    steps([
      {
        addField: {
          entity: 'Author',
          name: 'at',
          column: { type: 'datetime' },
          fill: '2026-01-01T00:00:00.000Z',
        },
      },
    ])
    expect(query('SELECT at FROM Author', ['text'])).toEqual(['2026-01-01T00:00:00.000Z'])
  })

  test('are copied into a rebuilt table: by name, from another column, or as a value', () => {
    const { steps, query } = setup()
    steps([
      {
        rebuildEntity: {
          name: 'Author',
          columns: {
            id: { type: 'uuid' },
            title: { type: 'string' },
            meta: { type: 'json' },
            extra: { type: 'string', nullable: true },
          },
          primaryKey: ['id'],
          indexes: [],
          copy: { title: { from: 'name' }, meta: { value: { a: "it's" } } },
        },
      },
    ])
    expect(query('SELECT id, title, meta, extra FROM Author', ['text', 'text', 'json', 'text'])).toEqual([
      ids[0],
      'Ann',
      { a: "it's" },
      null,
    ])
  })

  test('keep their triggers, views and hand-made indexes when a table is rebuilt', () => {
    const { steps, query } = setup()
    steps([
      `CREATE TABLE Log (name TEXT);
       CREATE TRIGGER log AFTER INSERT ON Author BEGIN INSERT INTO Log VALUES (NEW.name); END;
       CREATE VIEW Names AS SELECT name FROM Author;
       CREATE INDEX by_lower_name ON Author (lower(name))`,
      { rebuildEntity: { ...author, columns: { ...author.columns, name: { type: 'string', max: 60 } } } },
    ])
    query('INSERT INTO Author VALUES (?, ?, ?)', [], [ids[2], 'Bob', 'b'])
    expect(query('SELECT name FROM Log', ['text'])).toEqual(['Bob'])
    expect(query('SELECT name FROM Names ORDER BY 1', ['text'])).toEqual(['Ann', 'Bob'])
    expect(query("SELECT count(*) FROM sqlite_schema WHERE name = 'by_lower_name'", ['integer'])).toEqual([1])
    expect(query('PRAGMA legacy_alter_table', ['integer'])).toEqual([0])
  })

  test('that refer to their own table still do when it is rebuilt', () => {
    const { steps, query } = setup()
    const node: NamedTable = {
      name: 'Node',
      columns: {
        id: { type: 'uuid' },
        parentId: {
          type: 'uuid',
          nullable: true,
          references: { entity: 'Node', field: 'id', onDelete: 'cascade', onUpdate: 'noAction' },
        },
      },
      primaryKey: ['id'],
      indexes: [],
    }
    steps([{ createEntity: node }])
    query('INSERT INTO Node VALUES (?, NULL), (?, ?)', [], [ids[0], ids[1], ids[0]])
    steps([
      { rebuildEntity: { ...node, columns: { ...node.columns, label: { type: 'string', nullable: true } } } },
    ])
    query('PRAGMA foreign_keys = ON')
    query('DELETE FROM Node WHERE parentId IS NULL')
    expect(query('SELECT count(*) FROM Node', ['integer'])).toEqual([0])
  })
})

describe('a step in SQL', () => {
  test('may hold several statements', () => {
    const { steps, query } = setup()
    steps(["INSERT INTO Post VALUES (printf('%036d', 1), NULL); -- one\nDELETE FROM Author"])
    expect(
      query('SELECT (SELECT count(*) FROM Post), (SELECT count(*) FROM Author)', ['integer', 'integer']),
    ).toEqual([2, 0])
  })

  test('may differ by database', () => {
    const { steps, query } = setup()
    steps([{ sql: { sqlite: 'DELETE FROM Post', postgres: 'delete from "Post"' } }])
    expect(query('SELECT count(*) FROM Post', ['integer'])).toEqual([0])
    expect(() => steps([{ sql: { postgres: 'delete from "Post"' } }])).toThrow(
      /Test, step 1: has no SQL for sqlite/,
    )
  })

  test.each([
    'COMMIT',
    'rollback',
    'BEGIN',
    'END',
    'SAVEPOINT a',
    'RELEASE a',
    "ATTACH 'x' AS y",
    'DETACH y',
    '/* hidden */ -- here\n Commit',
    'VACUUM',
  ])('may not end or leave its transaction: %s', (sql) => {
    const { steps } = setup()
    expect(() => steps(['SELECT 1', sql])).toThrow(
      /Test, step 2: [A-Z]+ is not allowed; every migration runs in one transaction/,
    )
  })

  test('that never ends is refused', () => {
    const { steps } = setup()
    expect(() => steps(["SELECT 'a"])).toThrow(
      expect.objectContaining({ code: 'CONFLICT', message: "Test, step 1: What begins with 'a never ends" }),
    )
  })
})

describe('a step that the database refuses', () => {
  test.each<[Migration['up'][number], RegExp]>([
    ['INSERT INTO Author SELECT id, name, NULL FROM Author', /not unique/],
    ['UPDATE Author SET name = NULL', /no value for a field that takes no null/],
    ["UPDATE Author SET id = 'short'", /a value that the new definition does not take/],
    ["UPDATE Author SET name = x'00'", /a value of another type/],
    [
      "CREATE TRIGGER no BEFORE DELETE ON Post BEGIN SELECT RAISE(ABORT, 'secret text'); END; DELETE FROM Post",
      /a trigger refused it/,
    ],
    ['SELEKT', /does not understand the SQL/],
    [{ dropEntity: 'Nowhere' }, /names something that there is not/],
    [{ addField: { entity: 'Author', name: 'x', column: { type: 'string' } } }, /Test, step 1: /],
  ])('%j is named with the reason, not with the text of the database', (step, message) => {
    const { steps } = setup()
    expect(() => steps([step])).toThrow(
      expect.objectContaining({
        code: 'CONFLICT',
        message: expect.stringMatching(message),
        details: expect.objectContaining({ constraint: 'migration' }),
        cause: expect.any(DriverError),
      }),
    )
    expect(() => steps([step])).not.toThrow(/secret text/)
  })

  test('for want of storage keeps its error', () => {
    const { run } = setup()
    const full: Connection = {
      execute: () => {
        throw new DriverError('full', 13, 'disk full')
      },
      release: () => {},
    }
    expect(() => runSync(runSteps(['SELECT 1'], sqliteMigrations, 'Test'), full, { at: 0 })).toThrow(
      DriverError,
    )
    expect(() => run(runSteps([], sqliteMigrations, 'Test'))).not.toThrow()
  })
})

test('a described change that does not fit the tables is named', () => {
  const after = (changes: readonly Change[]) => () => tablesAfter({}, [...creation, ...changes])
  expect(after([{ createEntity: author }])).toThrow(/there is a Author already/)
  for (const change of [
    { dropEntity: 'X' },
    { renameEntity: { from: 'X', to: 'Y' } },
    { rebuildEntity: { ...author, name: 'toString' } },
    { addField: { entity: 'X', name: 'a', column: { type: 'string' } } },
    { dropField: { entity: 'X', name: 'a' } },
    { renameField: { entity: 'X', from: 'a', to: 'b' } },
    { addIndex: { entity: 'X', fields: ['a'] } },
    { dropIndex: { entity: 'X', fields: ['a'] } },
  ] satisfies Change[]) {
    expect(after([change])).toThrow(
      expect.objectContaining({
        code: 'CONFLICT',
        message: expect.stringMatching(/A step names the entity/),
      }),
    )
  }
  expect(tablesAfter({}, [...creation, 'SELECT 1'])).toBeUndefined()
})

test('steps that are none are refused with their place', () => {
  const { run, options } = setupMigrate()
  const prepare =
    (up: readonly unknown[], more: object = {}) =>
    () =>
      run(
        prepareDatabase(
          options({ name: 'x', entities: {} }, [{ version: 1, name: 'a', up, down: [], ...more } as never]),
        ),
      )
  const table = { name: 'A', columns: {}, primaryKey: [], indexes: [] }
  const reference = { entity: 'A', field: 'id', onDelete: 'cascade', onUpdate: 'cascade' }
  for (const [up, path] of [
    [[7], 'migrations[0].up[0]'],
    [[{}], 'migrations[0].up[0]'],
    [[{ dropEntity: 'A', addIndex: {} }], 'migrations[0].up[0]'],
    [['', { explode: 1 }], 'migrations[0].up[1].explode'],
    [[{ toString: 1 }], 'migrations[0].up[0].toString'],
    [[{ sql: { oracle: '' } }], 'migrations[0].up[0].sql.oracle'],
    [[{ sql: 'SELECT 1' }], 'migrations[0].up[0].sql'],
    [[{ dropEntity: 7 }], 'migrations[0].up[0].dropEntity'],
    [[{ createEntity: 7 }], 'migrations[0].up[0].createEntity'],
    [[{ createEntity: { ...table, columns: undefined } }], 'migrations[0].up[0].createEntity.columns'],
    [[{ createEntity: { ...table, columns: { a: {} } } }], 'migrations[0].up[0].createEntity.columns.a.type'],
    [
      [{ createEntity: { ...table, columns: { a: { type: 'str' } } } }],
      'migrations[0].up[0].createEntity.columns.a.type',
    ],
    [
      [
        {
          createEntity: {
            ...table,
            columns: { a: { type: 'uuid', references: { ...reference, onDelete: undefined } } },
          },
        },
      ],
      'migrations[0].up[0].createEntity.columns.a.references.onDelete',
    ],
    [[{ createEntity: { ...table, indexes: [{}] } }], 'migrations[0].up[0].createEntity.indexes[0].fields'],
    [[{ addField: { entity: 'A', name: 'b' } }], 'migrations[0].up[0].addField.column'],
    [[{ addField: { entity: 'A', name: 'b', column: 'text' } }], 'migrations[0].up[0].addField.column'],
    [[{ rebuildEntity: 7 }], 'migrations[0].up[0].rebuildEntity'],
    [[{ rebuildEntity: { ...table, copy: { a: {} } } }], 'migrations[0].up[0].rebuildEntity.copy.a'],
    [[{ rebuildEntity: { ...table, copy: { a: 7 } } }], 'migrations[0].up[0].rebuildEntity.copy.a'],
    [[{ renameField: { entity: 'A', from: 'b' } }], 'migrations[0].up[0].renameField.to'],
  ] as const) {
    expect(prepare(up), path).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_ERROR',
        details: { issues: expect.arrayContaining([expect.objectContaining({ path })]) },
      }),
    )
  }
  expect(prepare([], { name: '' })).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }))
  expect(prepare([], { down: undefined })).toThrow(/down: is missing/)
  expect(prepare([], { up: 'SELECT 1' })).toThrow(/up: must be a list/)
  expect(
    prepare([
      {
        rebuildEntity: {
          ...table,
          columns: { a: { type: 'uuid', references: reference } },
          copy: { a: { from: 'b' } },
        },
      },
    ]),
  ).not.toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }))
})
