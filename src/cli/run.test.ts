import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { openNodeSqlite } from '../drivers/node-sqlite.ts'
import { AuditLog } from '../engine/audit/audit-log.ts'
import { sqliteDialect } from '../engine/dialect.ts'
import { prepareDatabase } from '../engine/migrate/prepare.ts'
import { runSync, type Work } from '../engine/work.ts'
import { systemPrincipal } from '../protocol/principal.ts'
import type { Migration } from '../schema/migration.ts'
import { fromYaml } from '../schema/yaml.ts'
import { runCommand } from './run.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbal-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})

const file = (name: string) => join(folder, name)
const write = (name: string, text: string | Uint8Array) => writeFileSync(file(name), text)
const read = (name: string) => readFileSync(file(name), 'utf8')

async function dbal(...args: string[]) {
  const [out, errors]: [string[], string[]] = [[], []]
  const code = await runCommand(args, { folder, print: (text) => out.push(text) }, (text) =>
    errors.push(text),
  )
  return { code, out: out.join('\n'), errors: errors.join('\n') }
}

/** Opens a database with what the folder holds; throws when it does not lead to the schema. */
async function openWith(schemaText: string, names: readonly string[]): Promise<number> {
  const driver = openNodeSqlite(':memory:')
  const connection = await driver.acquire()
  const migrations = await Promise.all(
    names.map(
      async (name): Promise<Migration> =>
        name.endsWith('.json')
          ? JSON.parse(read(join('migrations', name)))
          : (await import(file(join('migrations', name)))).default,
    ),
  )
  const work = prepareDatabase({
    schema: fromYaml(schemaText),
    migrations,
    dialect: sqliteDialect,
    now: '2026-01-15T10:30:00.000Z',
    onProgress: () => {},
  })
  const { version } = runSync(work, connection, { at: 0 })
  await driver.close()
  return version
}

const first = `entities:
  Note:
    fields:
      id: { type: uuid, primary: true }
      title: { type: string, max: 50, default: "it's \\"new\\"" }
`
const second = `${first}      body: text
      rank: { type: integer, default: 1 }
    indexes: [[rank]]
  Tag:
    fields:
      id: { type: uuid, primary: true }
      noteId: { type: uuid, references: Note.id, onDelete: cascade }
`

describe('migrate:generate', () => {
  test.each(['ts', 'js', 'json'])('writes numbered files that lead to the schema, as %s', async (format) => {
    write('schema.yaml', first)
    expect(await dbal('migrate:generate', 'schema.yaml', '--format', format)).toEqual({
      code: 0,
      out: `wrote migrations/0001-initial.${format}\nwrote migrations/snapshot.json`,
      errors: '',
    })
    write('schema.yaml', second)
    expect((await dbal('migrate:generate', 'schema.yaml', '--format', format)).out).toContain(
      `wrote migrations/0002-add-Note-body-and-3-more.${format}`,
    )
    expect(
      await openWith(second, [`0001-initial.${format}`, `0002-add-Note-body-and-3-more.${format}`]),
    ).toBe(2)
    expect(await dbal('migrate:generate', 'schema.yaml')).toMatchObject({
      code: 0,
      out: 'The migrations lead to this schema; there is nothing to add.',
    })
  })

  test('writes what a person would have written', async () => {
    write('schema.yaml', first)
    await dbal('migrate:generate', 'schema.yaml', '--name', 'notes', '--dir', 'db/steps')
    expect(
      read('db/steps/0001-notes.ts'),
    ).toBe(`/** Once it was released, this file is never changed: databases know it by its checksum. */
export default {
  version: 1,
  name: 'notes',
  up: [
    {
      createEntity: {
        name: 'Note',
        columns: { id: { type: 'uuid' }, title: { type: 'string', max: 50, default: "it's \\"new\\"" } },
        primaryKey: ['id'],
        indexes: [],
      },
    },
  ],
  down: [{ dropEntity: 'Note' }],
} as const
`)
  })

  test('reads the schema from a module or from JSON', async () => {
    write('schema.yaml', first)
    const data = JSON.stringify(fromYaml(first))
    write('schema.json', data)
    write('schema.ts', `export const schema: object = ${data}`)
    write('default.mjs', `export default ${data}`)
    for (const name of ['schema.json', 'schema.ts', 'default.mjs']) {
      expect(await dbal('migrate:generate', name, '--dir', `from-${name}`)).toMatchObject({ code: 0 })
      expect(read(`from-${name}/0001-initial.ts`)).toBe(read('from-schema.json/0001-initial.ts'))
    }
  })

  test('says what is not an addition, and writes nothing', async () => {
    write('schema.yaml', second)
    await dbal('migrate:generate', 'schema.yaml')
    write('schema.yaml', first.replace('max: 50', 'max: 60'))
    const { code, out } = await dbal('migrate:generate', 'schema.yaml')
    expect(code).toBe(1)
    expect(out).toContain('Only additions are generated. Write a migration for:')
    expect(out).toContain('the maximum of Note.title has changed')
    expect(out).toContain(
      'the entity Tag is in the database but no longer in the schema\n    step: {"dropEntity":"Tag"}',
    )
    expect(readdirSync(file('migrations'))).toEqual(['0001-initial.ts', 'snapshot.json'])
  })

  test('goes on after migrations written by hand', async () => {
    write('schema.yaml', first)
    await dbal('migrate:generate', 'schema.yaml')
    write(
      'migrations/0002-body.js',
      "export const body = { version: 2, name: 'body', up: [{ addField: { entity: 'Note', name: 'body', column: { type: 'text', nullable: true } } }], down: [] }",
    )
    write('schema.yaml', second)
    expect((await dbal('migrate:generate', 'schema.yaml', '--name', 'rest')).out).toContain(
      'wrote migrations/0003-rest.ts',
    )
    expect(read('migrations/0003-rest.ts')).not.toContain("'body'")
  })

  test('asks for a baseline after a migration in SQL', async () => {
    write('schema.yaml', first)
    await dbal('migrate:generate', 'schema.yaml')
    write(
      'migrations/0002-sql.json',
      JSON.stringify({ version: 2, name: 'sql', up: ['ALTER TABLE Note ADD COLUMN body TEXT'], down: [] }),
    )
    write('schema.yaml', `${first}      body: text\n`)
    expect(await dbal('migrate:generate', 'schema.yaml')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('--baseline'),
    })
    expect(await dbal('migrate:generate', 'schema.yaml', '--baseline')).toMatchObject({
      code: 0,
      out: 'wrote migrations/snapshot.json',
    })
    expect((await dbal('migrate:generate', 'schema.yaml')).out).toContain('nothing to add')
    write('schema.yaml', second)
    expect((await dbal('migrate:generate', 'schema.yaml', '--name', 'more')).out).toContain(
      'wrote migrations/0003-more.ts',
    )
  })

  test.each<[string, readonly string[], RegExp]>([
    ['no schema', [], /^Usage: dbal migrate:generate/],
    ['two schemas', ['schema.yaml', 'schema.yaml'], /^Usage/],
    ['a schema that is not there', ['nowhere.yaml'], /nowhere.yaml cannot be read \(ENOENT\)/],
    ['a module that is not there', ['nowhere.js'], /nowhere.js cannot be loaded/],
    ['a file of another kind', ['schema.txt'], /schema.txt/],
    ['a module without a schema', ['empty.js'], /empty.js exports no schema/],
    ['broken JSON', ['broken.json'], /broken.json is not JSON/],
    ['a bad schema', ['bad.yaml'], /line 4/],
    ['an unknown option', ['schema.yaml', '--colour'], /--colour/],
    ['an unknown format', ['schema.yaml', '--format', 'sql'], /--format must be ts, js or json/],
    ['a name that is a path', ['schema.yaml', '--name', '../x'], /--name must consist of/],
    ['a folder that is a file', ['schema.yaml', '--dir', 'schema.yaml'], /cannot be read \(ENOTDIR\)/],
    ['a migration that is none', ['schema.yaml', '--dir', 'odd'], /0001-odd.json exports no migration/],
    [
      'a migration under another number',
      ['schema.yaml', '--dir', 'numbered'],
      /holds migration 1; file and migration must have one number/,
    ],
  ])('tells of %s in words', async (_, args, message) => {
    write('schema.yaml', first)
    write('schema.txt', first)
    write('empty.js', 'export const x = 1')
    write('broken.json', '{')
    write('bad.yaml', 'entities:\n  A:\n    fields:\n      a: nonsense\n')
    for (const [dir, name, text] of [
      ['odd', '0001-odd.json', '[]'],
      ['numbered', '0002-x.json', '{"version":1,"name":"x","up":[],"down":[]}'],
    ] as const) {
      await dbal('migrate:generate', 'schema.yaml', '--dir', dir, '--baseline')
      write(`${dir}/${name}`, text)
    }
    expect(await dbal('migrate:generate', ...args)).toMatchObject({
      code: 2,
      errors: expect.stringMatching(message),
    })
  })
})

describe('introspect', () => {
  const makeFile = () => {
    const database = new DatabaseSync(file('shop.sqlite'))
    database.exec(`
      CREATE TABLE Customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE UNIQUE);
      CREATE TABLE "Order" (id INTEGER PRIMARY KEY, customerId INTEGER REFERENCES Customer ON DELETE CASCADE, total REAL DEFAULT 1.5);
      CREATE INDEX by_total ON "Order" (total, customerId);
      CREATE TABLE Line (orderId INTEGER REFERENCES "Order", number INTEGER, PRIMARY KEY (orderId, number)) WITHOUT ROWID;
      CREATE VIEW Names AS SELECT name FROM Customer;
    `)
    database.close()
  }

  test('prints a schema that reads back as the same tables', async () => {
    makeFile()
    const before = readFileSync(file('shop.sqlite'))
    const { code, out } = await dbal('introspect', 'shop.sqlite')
    expect(code).toBe(0)
    expect(out).toContain('onDelete: cascade')
    expect(out).toContain('kind: view')
    expect(Buffer.compare(readFileSync(file('shop.sqlite')), before)).toBe(0)
    expect(readdirSync(folder)).toEqual(['shop.sqlite'])
    const json = await dbal('introspect', 'shop.sqlite', '--json')
    expect(Object.keys(JSON.parse(json.out).entities)).toEqual(['Customer', 'Line', 'Names', 'Order'])
  })

  test.each<[readonly string[], RegExp]>([
    [[], /^Usage: dbal introspect/],
    [['nowhere.sqlite'], /There is no file/],
    [['text.sqlite'], /text.sqlite: .*not an SQLite database/],
  ])('tells what is wrong with %j', async (args, message) => {
    write('text.sqlite', 'no database')
    expect(await dbal('introspect', ...args)).toMatchObject({
      code: 2,
      errors: expect.stringMatching(message),
    })
  })
})

describe('describe', () => {
  test('prints the built-in schema as AsyncAPI, for the address that is given', async () => {
    const { code, out } = await dbal('describe', '--url', 'wss://db.example.com:8443/')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      asyncapi: '3.0.0',
      servers: { daemon: { host: 'db.example.com:8443', protocol: 'wss' } },
      operations: { 'User.create': {}, 'auth.login': {}, 'session.open': {} },
    })
  })

  test.each([
    ['wss://db.example.com/team/db', '/team/db'],
    ['https://db.example.com/team/db/', '/team/db'],
    ['wss://db.example.com', ''],
  ])('keeps the path under which a proxy has it: %s', async (url, path) => {
    const server = { host: 'db.example.com', protocol: 'wss', ...(path && { pathname: path }) }
    const { daemon } = JSON.parse((await dbal('describe', '--url', url)).out).servers
    expect(daemon).toEqual({ ...server, description: expect.anything(), security: expect.anything() })
    const { servers } = JSON.parse((await dbal('describe', '--format', 'openapi', '--url', url)).out)
    expect(servers).toEqual([{ url: `https://db.example.com${path}` }])
  })

  test('writes a schema of a file as OpenAPI', async () => {
    write('schema.yaml', first)
    const asked = ['--schema', 'schema.yaml', '--format', 'openapi', '--out', 'open.json']
    expect(await dbal('describe', ...asked)).toEqual({ code: 0, out: 'wrote open.json', errors: '' })
    expect(JSON.parse(read('open.json'))).toMatchObject({
      openapi: '3.1.0',
      servers: [{ url: 'http://localhost:50051' }],
      paths: { '/health': {}, '/ready': {}, '/metrics': {} },
      components: { schemas: { Note: { properties: { title: { maxLength: 50 } } } } },
    })
  })

  test.each<[readonly string[], RegExp]>([
    [['--format', 'wsdl'], /--format must be asyncapi or openapi/],
    [['--format', 'toString'], /--format must be/],
    [['--schema', 'nowhere.yaml'], /cannot be read/],
    [['--url', 'db.example.com'], /--url must be an address/],
    [['--url', 'wss://me:word@db.example.com/'], /--url must be host and path alone/],
    [['--url', 'wss://db.example.com/?room=1'], /--url must be host and path alone/],
    [['--out', 'no/folder.json'], /no\/folder.json cannot be written \(ENOENT\)/],
    [['extra'], /extra/],
  ])('tells what is wrong with %j', async (args, message) => {
    expect(await dbal('describe', ...args)).toMatchObject({ code: 2, errors: expect.stringMatching(message) })
  })
})

describe('verify', () => {
  async function makeLog() {
    const driver = openNodeSqlite(file('app.sqlite'))
    const connection = await driver.acquire()
    const run = <T>(work: Work<T>) => runSync(work, connection, { at: 0 })
    run(
      prepareDatabase({
        schema: { name: 'x', entities: {} },
        migrations: [],
        dialect: sqliteDialect,
        now: '2026-01-15T10:30:00.000Z',
        onProgress: () => {},
      }),
    )
    const log = new AuditLog(sqliteDialect, { bytes: (count) => new Uint8Array(count) })
    const entry = {
      at: '2026-01-15T10:30:00.000Z',
      principal: systemPrincipal,
      entity: null,
      operation: 'test',
      rowIds: [],
      success: true,
      code: null,
      durationMs: 1,
      changes: [],
      requestId: 1,
    }
    run(log.append([entry, entry, entry]))
    write('head.json', JSON.stringify(run(log.head())))
    write('log.jsonl', `${run(log.exportLines(undefined, () => undefined)).lines.join('\n')}\n`)
    await driver.close()
  }

  test('finds a log sound, also against an earlier head', async () => {
    await makeLog()
    expect(await dbal('verify', 'app.sqlite', '--head', 'head.json')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^All 3 entries hold\.\n\{"seq":3,/),
    })
    expect(await dbal('verify', 'log.jsonl')).toMatchObject({ code: 0, out: 'All 3 lines hold.' })
  })

  test('names what does not hold', async () => {
    await makeLog()
    const database = new DatabaseSync(file('app.sqlite'))
    database.exec(
      "DROP TRIGGER _dbal_audit_no_update; UPDATE _dbal_audit SET operation = 'toast' WHERE seq = 2",
    )
    database.close()
    expect(await dbal('verify', 'app.sqlite')).toEqual({
      code: 1,
      out: 'Entry 2 does not have the hash of its content. 1 entries before it hold.',
      errors: '',
    })
    write('log.jsonl', read('log.jsonl').replace('"seq":3', '"seq":4'))
    expect(await dbal('verify', 'log.jsonl')).toMatchObject({
      code: 1,
      out: 'Line 3 is not entry 3. 2 lines before it hold.',
    })
  })

  test.each<[readonly string[], RegExp]>([
    [[], /^Usage: dbal verify/],
    [['plain.sqlite'], /holds no audit log/],
    [['app.sqlite', '--head', 'nowhere.json'], /cannot be read/],
    [['app.sqlite', '--head', 'bad.json'], /head.hash: must be 64 hexadecimal digits/],
  ])('tells what is wrong with %j', async (args, message) => {
    await makeLog()
    new DatabaseSync(file('plain.sqlite')).close()
    const plain = new DatabaseSync(file('plain.sqlite'))
    plain.exec('CREATE TABLE a (b)')
    plain.close()
    write('bad.json', '{"seq":1}')
    expect(await dbal('verify', ...args)).toMatchObject({ code: 2, errors: expect.stringMatching(message) })
  })
})

describe('the command line', () => {
  test('lists its commands', async () => {
    for (const args of [[], ['--help'], ['-h']]) {
      expect(await dbal(...args)).toMatchObject({ code: 0, out: expect.stringContaining('migrate:generate') })
    }
    expect(await dbal('explode')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('There is no command explode'),
    })
    expect(await dbal('toString')).toMatchObject({ code: 2 })
  })

  test('explains each of them', async () => {
    for (const name of ['migrate:generate', 'introspect', 'describe', 'conformance', 'verify']) {
      expect(await dbal(name, '--help')).toMatchObject({
        code: 0,
        out: expect.stringContaining(`Usage: dbal ${name}`),
      })
    }
    expect(existsSync(file('migrations'))).toBe(false)
  })
})
