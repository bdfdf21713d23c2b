/** Every kind of step over a server's database, there and back, with rows in the tables. */

import { describe, expect, test } from 'vitest'
import type { ColumnType, Connection, Driver, SqlValue } from '../src/drivers/driver.ts'
import type { Dialect } from '../src/engine/dialect.ts'
import { migrate, rollbackMigrations } from '../src/engine/migrate/migrator.ts'
import { type PrepareOptions, prepareDatabase } from '../src/engine/migrate/prepare.ts'
import { runAsync, type Work } from '../src/engine/work.ts'
import type { Change, Column, Migration, NamedTable, Step } from '../src/schema/migration.ts'

const reference = (entity: string, field: string, onDelete: 'cascade' | 'setNull' | 'restrict'): Column => ({
  type: field === 'id' ? 'uuid' : 'string',
  ...(field === 'id' ? {} : { max: 40 }),
  nullable: true,
  references: { entity, field, onDelete, onUpdate: field === 'id' ? 'noAction' : 'cascade' },
})

const author: NamedTable = {
  name: 'Author',
  columns: {
    id: { type: 'uuid' },
    name: { type: 'string', max: 40, caseInsensitive: true, unique: true },
    born: { type: 'integer', nullable: true, min: 0 },
    about: { type: 'text', default: 'nothing' },
  },
  primaryKey: ['id'],
  indexes: [{ fields: ['born', 'name'] }],
}
const post: NamedTable = {
  name: 'Post',
  columns: {
    id: { type: 'uuid' },
    authorId: reference('Author', 'id', 'cascade'),
    byName: reference('Author', 'name', 'setNull'),
    parentId: reference('Post', 'id', 'cascade'),
    title: { type: 'string', max: 200 },
  },
  primaryKey: ['id'],
  indexes: [{ fields: ['authorId', 'title'] }, { fields: ['byName'] }, { fields: ['parentId'] }],
}
const tag: NamedTable = {
  name: 'Tag',
  columns: { word: { type: 'string', max: 40 }, postId: reference('Post', 'id', 'restrict') },
  primaryKey: ['word'],
  indexes: [{ fields: ['postId'] }],
}
export const creation: Migration = {
  version: 1,
  name: 'start',
  up: [{ createEntity: tag }, { createEntity: post }, { createEntity: author }],
  down: [{ dropEntity: 'Author' }, { dropEntity: 'Post' }, { dropEntity: 'Tag' }],
}

const ids = ['a', 'b', 'c'].map((letter) => letter.repeat(36)) as [string, string, string]
const rows: readonly (readonly [sql: string, ...SqlValue[]])[] = [
  ['insert into main."Author" values (?, ?, ?, ?)', ids[0], 'Ann', 1960, 'a'],
  ['insert into main."Author" values (?, ?, ?, ?)', ids[1], 'bob ', null, ''],
  ['insert into main."Post" values (?, ?, ?, ?, ?)', ids[0], ids[0], 'ANN', null, 'One'],
  ['insert into main."Post" values (?, ?, ?, ?, ?)', ids[1], ids[1], null, ids[0], 'Zwei 🐘'],
  ['insert into main."Tag" values (?, ?)', 'red', ids[1]],
]

/** Each with what takes it back. */
const changes: Readonly<Record<string, readonly [up: readonly Change[], down: readonly Change[]]>> = {
  'renames a table that others refer to': [
    [{ renameEntity: { from: 'Author', to: 'Writer' } }],
    [{ renameEntity: { from: 'Writer', to: 'Author' } }],
  ],
  'renames a table that refers to others and to itself': [
    [{ renameEntity: { from: 'Post', to: 'Article' } }],
    [{ renameEntity: { from: 'Article', to: 'Post' } }],
  ],
  'renames a key that others refer to': [
    [{ renameField: { entity: 'Author', from: 'id', to: 'key' } }],
    [{ renameField: { entity: 'Author', from: 'key', to: 'id' } }],
  ],
  'renames a unique field that ignores case': [
    [{ renameField: { entity: 'Author', from: 'name', to: 'alias' } }],
    [{ renameField: { entity: 'Author', from: 'alias', to: 'name' } }],
  ],
  'renames fields that refer to others': [
    [
      { renameField: { entity: 'Post', from: 'authorId', to: 'writerId' } },
      { renameField: { entity: 'Post', from: 'byName', to: 'writer' } },
    ],
    [
      { renameField: { entity: 'Post', from: 'writer', to: 'byName' } },
      { renameField: { entity: 'Post', from: 'writerId', to: 'authorId' } },
    ],
  ],
  'rebuilds a table that others refer to': [
    [
      {
        rebuildEntity: {
          ...author,
          columns: {
            id: { type: 'uuid' },
            name: { type: 'string', max: 60, caseInsensitive: true, unique: true },
            age: { type: 'integer', default: 7 },
            born: { type: 'integer', nullable: true },
            bio: { type: 'text', default: '' },
          },
          indexes: [{ fields: ['age', 'born'] }],
          copy: { bio: { from: 'about' } },
        },
      },
    ],
    [{ rebuildEntity: { ...author, copy: { about: { from: 'bio' } } } }],
  ],
  'rebuilds a table that refers to others and to itself': [
    [
      {
        rebuildEntity: {
          ...post,
          columns: {
            ...post.columns,
            byName: { type: 'string', max: 40, nullable: true },
            title: { type: 'string', max: 300 },
          },
        },
      },
    ],
    [{ rebuildEntity: post }],
  ],
  'rebuilds a key into one that regards case': [
    [
      {
        rebuildEntity: {
          ...author,
          columns: { ...author.columns, name: { type: 'string', max: 40, unique: true } },
          copy: { name: { from: 'name' } },
        },
      },
      { rebuildEntity: author },
    ],
    [],
  ],
  'drops an index that a reference stands on, and makes another': [
    [
      { dropIndex: { entity: 'Post', fields: ['authorId', 'title'] } },
      { addIndex: { entity: 'Post', fields: ['authorId'] } },
    ],
    [
      { dropIndex: { entity: 'Post', fields: ['authorId'] } },
      { addIndex: { entity: 'Post', fields: ['authorId', 'title'] } },
    ],
  ],
  'makes, renames and drops in one migration': [
    [
      { createEntity: { ...tag, name: 'Draft' } },
      { renameEntity: { from: 'Draft', to: 'Label' } },
      { renameField: { entity: 'Label', from: 'postId', to: 'onId' } },
      { renameEntity: { from: 'Post', to: 'Article' } },
      { addField: { entity: 'Article', name: 'byKey', column: reference('Author', 'name', 'cascade') } },
      { dropField: { entity: 'Article', name: 'byKey' } },
    ],
    [{ renameEntity: { from: 'Article', to: 'Post' } }, { dropEntity: 'Label' }],
  ],
}

/** Steps of every kind in one migration; what is lost by one was made by another. */
export const manifold: readonly [up: readonly Change[], down: readonly Change[]] = [
  [
    { renameEntity: { from: 'Post', to: 'Article' } },
    { renameField: { entity: 'Author', from: 'name', to: 'alias' } },
    { addField: { entity: 'Article', name: 'reader', column: reference('Author', 'alias', 'setNull') } },
    {
      rebuildEntity: {
        ...author,
        columns: {
          id: { type: 'uuid' },
          alias: { type: 'string', max: 60, caseInsensitive: true, unique: true },
          born: { type: 'integer', nullable: true },
          bio: { type: 'text', default: '' },
        },
        indexes: [{ fields: ['born'] }],
        copy: { bio: { from: 'about' } },
      },
    },
    { createEntity: { ...tag, name: 'Label', columns: { word: { type: 'string' } }, indexes: [] } },
    { dropIndex: { entity: 'Article', fields: ['authorId', 'title'] } },
    { addIndex: { entity: 'Article', fields: ['authorId'] } },
  ],
  [
    { dropIndex: { entity: 'Article', fields: ['authorId'] } },
    { addIndex: { entity: 'Article', fields: ['authorId', 'title'] } },
    { dropEntity: 'Label' },
    { dropField: { entity: 'Article', name: 'reader' } },
    { renameField: { entity: 'Author', from: 'alias', to: 'name' } },
    { rebuildEntity: { ...author, copy: { about: { from: 'bio' } } } },
    { renameEntity: { from: 'Article', to: 'Post' } },
  ],
]

/** What is lost does not come back, so these are held to the tables alone. */
const losses: Readonly<Record<string, readonly [up: readonly Change[], down: readonly Change[]]>> = {
  'drops fields that refer to others': [
    [{ dropField: { entity: 'Post', name: 'authorId' } }, { dropField: { entity: 'Post', name: 'byName' } }],
    [
      { addField: { entity: 'Post', name: 'authorId', column: reference('Author', 'id', 'cascade') } },
      { addIndex: { entity: 'Post', fields: ['authorId', 'title'] } },
      { dropIndex: { entity: 'Post', fields: ['authorId'] } },
      { addField: { entity: 'Post', name: 'byName', column: reference('Author', 'name', 'setNull') } },
    ],
  ],
  'drops a field that ignores case, and what referred to it': [
    [{ dropField: { entity: 'Author', name: 'name' } }, { dropField: { entity: 'Post', name: 'byName' } }],
    [
      {
        addField: {
          entity: 'Author',
          name: 'name',
          column: { type: 'string', max: 40, caseInsensitive: true, nullable: true },
        },
      },
      { addIndex: { entity: 'Author', fields: ['name'], unique: true } },
      { addIndex: { entity: 'Author', fields: ['born', 'name'] } },
      { addField: { entity: 'Post', name: 'byName', column: reference('Author', 'name', 'setNull') } },
    ],
  ],
  'drops a table that others refer to, and their fields': [
    [
      { dropEntity: 'Author' },
      { dropField: { entity: 'Post', name: 'byName' } },
      { dropField: { entity: 'Post', name: 'authorId' } },
    ],
    [
      { createEntity: author },
      { addField: { entity: 'Post', name: 'authorId', column: reference('Author', 'id', 'cascade') } },
      { addIndex: { entity: 'Post', fields: ['authorId', 'title'] } },
      { dropIndex: { entity: 'Post', fields: ['authorId'] } },
      { addField: { entity: 'Post', name: 'byName', column: reference('Author', 'name', 'setNull') } },
    ],
  ],
}

export class MigratedDatabase {
  readonly #connection: Connection
  readonly #dialect: Dialect

  constructor(connection: Connection, dialect: Dialect) {
    this.#connection = connection
    this.#dialect = dialect
  }

  /** @param connection another one in place of this database's own */
  run<T>(work: Work<T>, connection = this.#connection): Promise<T> {
    return runAsync(work, connection, { at: 0 })
  }

  async query(
    sql: string,
    columns: readonly ColumnType[] = [],
    parameters: readonly SqlValue[] = [],
  ): Promise<readonly unknown[]> {
    return (await this.#connection.execute({ sql, columns, once: true }, parameters, 0)).values
  }

  options(...migrations: readonly Migration[]): PrepareOptions {
    return {
      schema: { name: 'x', entities: {} },
      migrations,
      dialect: this.#dialect,
      now: '2026-01-15T10:30:00.000Z',
      onProgress() {},
    }
  }

  /** The three tables with their rows, and nothing else. */
  async start(): Promise<void> {
    await this.run(prepareDatabase(this.options(creation)))
    const order = ['Author', 'Post', 'Tag'].flatMap((name) =>
      rows.filter(([sql]) => sql.includes(`"${name}"`)),
    )
    for (const [sql, ...values] of order) await this.query(sql, [], values)
  }

  /** All that the inspector tells of the tables. */
  async structure(): Promise<readonly unknown[]> {
    const { inspector } = this.#dialect.migrations
    const tables: unknown[] = []
    for (const name of await this.run(inspector.tableNames())) {
      if (name.startsWith('_dbal_') && !/rebuil|replac/.test(name)) continue
      const sorted = async (work: Work<readonly unknown[]>) =>
        (await this.run(work)).map((item) => JSON.stringify(item)).sort()
      tables.push([
        name,
        await sorted(inspector.readColumns(name)),
        await sorted(inspector.readIndexes(name)),
        await sorted(inspector.readReferences(name)),
        [...(await this.run(inspector.readCaseInsensitive(name)))],
      ])
    }
    return tables
  }

  async rows(): Promise<readonly unknown[]> {
    return [
      await this.query('select * from main."Author" order by 1', ['text', 'text', 'integer', 'text']),
      await this.query('select * from main."Post" order by 1', Array<'text'>(5).fill('text')),
      await this.query('select * from main."Tag" order by 1', ['text', 'text']),
    ]
  }

  async names(): Promise<readonly string[]> {
    const names = await this.run(this.#dialect.migrations.inspector.tableNames())
    return names.filter((name) => !name.startsWith('_dbal_'))
  }
}

/** A migration that does the steps of both lists, there and back. */
export const second = ([up, down]: readonly [readonly Step[], readonly Step[]]): Migration => ({
  version: 2,
  name: 'second',
  up,
  down,
})

/** What a new database has that is made with the steps in place, without rows. */
export function describeSteps(open: () => Promise<Driver>, dialect: Dialect): void {
  async function fresh(): Promise<readonly [MigratedDatabase, () => Promise<void>]> {
    const driver = await open()
    const connection = await driver.acquire()
    const close = async () => {
      connection.release()
      await driver.close()
    }
    return [new MigratedDatabase(connection, dialect), close]
  }

  test.each([
    ['migrations', [creation]],
    ['its schema', []],
  ])(
    'what the engine has beside the tables comes with the opening of a database of an earlier version, made by %s',
    async (_, migrations) => {
      const [database, close] = await fresh()
      const open = () => database.run(prepareDatabase(database.options(...migrations)))
      const version = `from main."_dbal_meta" where "key" = 'engine'`
      await open()
      const [now] = await database.query(`select "value" ${version}`, ['text'])
      await database.query('drop function main."_dbal_substr"')
      await database.query(`update main."_dbal_meta" set "value" = '1' where "key" = 'engine'`)
      await open()
      expect(await database.query("select main._dbal_substr('elephant', 2, 3)", ['text'])).toEqual(['lep'])
      expect(await database.query(`select "value" ${version}`, ['text'])).toEqual([now])
      expect(Number(now)).toBeGreaterThan(1)
      await close()
    },
  )

  describe('a migration that', () => {
    test.each(Object.entries(changes))('%s, keeps rows and references, there and back', async (_, change) => {
      const [database, close] = await fresh()
      await database.start()
      const before = [await database.structure(), await database.rows()]
      const options = database.options(creation, second(change))
      await database.run(migrate(options))
      const there = await database.structure()
      await database.run(rollbackMigrations(options, { to: 1 }))
      // The order of columns is a rebuilt table's own.
      expect([await database.structure(), await database.rows()]).toEqual(before)
      await database.run(migrate(options))
      expect(await database.structure()).toEqual(there)
      await database.run(rollbackMigrations(options, { to: 1 }))
      await holds(database)
      await close()
    })

    test.each(Object.entries(losses))('%s, there and back', async (_, change) => {
      const [database, close] = await fresh()
      await database.start()
      const options = database.options(creation, second(change))
      await database.run(migrate(options))
      const there = await database.structure()
      await database.run(rollbackMigrations(options, { to: 1 }))
      await database.run(migrate(options))
      expect(await database.structure()).toEqual(there)
      // Deleting still works where a reference was kept by triggers, and so does going back to nothing.
      for (const name of ['Tag', 'Post']) await database.query(`delete from main."${name}"`)
      await database.run(rollbackMigrations(options, { to: 0 }))
      expect(await database.names()).toEqual([])
      await close()
    })

    test('renames leads to what a new table would be', async () => {
      const [database, close] = await fresh()
      await database.start()
      const [up] = changes['renames a table that refers to others and to itself'] as [
        readonly Change[],
        unknown,
      ]
      const options = database.options(creation, second([up, []]))
      await database.run(migrate(options))
      const [anew, closeAnew] = await fresh()
      const renamed = (table: NamedTable): NamedTable =>
        JSON.parse(JSON.stringify(table).replaceAll('"Post"', '"Article"'))
      const made: Migration = {
        ...creation,
        up: [tag, post, author].map((table) => ({ createEntity: renamed(table) })),
      }
      await anew.run(prepareDatabase(anew.options(made)))
      expect(await database.structure()).toEqual(await anew.structure())
      await closeAnew()
      await close()
    })

    test('leaves a reference without its table is refused', async () => {
      const [database, close] = await fresh()
      await database.start()
      const options = database.options(creation, second([[{ dropEntity: 'Author' }], []]))
      await expect(database.run(migrate(options))).rejects.toMatchObject({ code: 'CONFLICT' })
      await close()
    })
  })

  /** References of each kind act as they did. */
  async function holds(database: MigratedDatabase): Promise<void> {
    const refused = (sql: string, ...values: SqlValue[]) =>
      expect(database.query(sql, [], values), sql).rejects.toMatchObject({ kind: 'foreignKey' })
    await refused('insert into main."Post" values (?, ?, null, null, ?)', ids[2], ids[2], 'No')
    await refused('insert into main."Post" values (?, null, ?, null, ?)', ids[2], 'Carl', 'No')
    await refused('insert into main."Post" values (?, null, null, ?, ?)', ids[2], 'd'.repeat(36), 'No')
    await refused('delete from main."Author" where "id" = ?', ids[1])
    await database.query('insert into main."Post" values (?, null, ?, null, ?)', [], [ids[2], 'anN', 'Yes'])
    await database.query('delete from main."Tag"')
    await database.query('delete from main."Author" where "id" = ?', [], [ids[0]])
    expect(await database.query('select "id", "byName" from main."Post"', ['text', 'text'])).toEqual([
      ids[2],
      null,
    ])
  }
}
