import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { metabuilderMigrations } from '../../../migrations/index.ts'
import { openTestEngine } from '../../../test/support/engine.ts'
import { openNodeSqlite } from '../../drivers/node-sqlite.ts'
import { defineSchema } from '../../schema/define.ts'
import { f } from '../../schema/fields.ts'
import { copyFolder, fillKinds, kinds, openApp } from './copy-setup.cases.ts'

const half = 'The database is half a copy of another one'

/** Every table's rows as SQLite tells them, the engine's own included. */
function dump(query: (sql: string) => readonly unknown[]): unknown {
  const names = query(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_dbal\\_search%' ESCAPE '\\' AND name NOT IN ('_dbal_meta', '_dbal_outcomes', '_dbal_attempts', '_dbal_tokens') ORDER BY 1",
  ) as string[][]
  return Object.fromEntries(
    names.map(([name]) => {
      const columns = (query(`SELECT name FROM pragma_table_info('${name}')`) as string[][]).flat()
      const values = columns.map((column) => `typeof("${column}"), quote("${column}")`).join(', ')
      return [name, query(`SELECT ${values} FROM "${name}" ORDER BY ${columns.map((_, at) => at * 2 + 2)}`)]
    }),
  )
}

describe('a file to another file', () => {
  test('comes over to the byte, with the audit log and the history', async () => {
    const { copy, file, query } = copyFolder()
    await fillKinds(file('app.sqlite'))
    const { code, out, errors } = await copy('app.sqlite', 'new.sqlite')
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(out).toMatch(/^Kind +6 +6 +([0-9a-f]{16}) {2}\1 {2}equal$/m)
    expect(out).toMatch(/^Place +20 +20 +([0-9a-f]{16}) {2}\1 {2}equal$/m)
    expect(out).toMatch(/^audit head +(\d+) +\1 +([0-9a-f]{16}) {2}\2 {2}equal$/m)
    expect(dump((sql) => query('new.sqlite', sql))).toEqual(dump((sql) => query('app.sqlite', sql)))
  })

  test('the copy is a database that the app opens, with its references kept and its audit log going on', async () => {
    const { copy, file } = copyFolder()
    await fillKinds(file('app.sqlite'))
    await copy('app.sqlite', 'new.sqlite')
    const { engine, as } = await openApp(file('new.sqlite'))
    const god = as('supergod')
    expect(await god.call('count', 'Kind')).toBe(6)
    await expect(god.call('create', 'Team', { leadId: crypto.randomUUID() })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    await god.call('create', 'Person', { name: 'New' })
    expect(await god.call('audit.verify')).toMatchObject({ ok: true })
    await engine.close()
  })

  test('and back again it has the same checksums and the same head', async () => {
    const { copy, file } = copyFolder()
    await fillKinds(file('app.sqlite'))
    const there = await copy('app.sqlite', 'new.sqlite')
    const back = await copy('new.sqlite', 'back.sqlite')
    const results = (out: string) => out.split('\n').slice(3)
    expect(results(back.out)).toEqual(results(there.out))
  })

  test('takes an exported file, and leaves the source as it was, without files beside it', async () => {
    const { copy, file, write } = copyFolder()
    await fillKinds(file('app.sqlite'))
    const driver = openNodeSqlite(file('app.sqlite'))
    write('export.sqlite', (await driver.exportFile?.()) as Uint8Array)
    await driver.close()
    const before = readFileSync(file('export.sqlite'))
    expect(await copy('file:export.sqlite', 'new.sqlite')).toMatchObject({ code: 0 })
    expect(readFileSync(file('export.sqlite')).equals(before)).toBe(true)
    expect(readdirSync(file(''))).toEqual(['app.sqlite', 'export.sqlite', 'new.sqlite', 'schema.json'])
  })

  test('takes a source that is being written to, in the state of the beginning', async () => {
    const { copy, file, query } = copyFolder()
    await fillKinds(file('app.sqlite'))
    const { engine, as } = await openApp(file('app.sqlite'))
    const god = as('supergod')
    await god.call('create', 'Person', { name: 'Before' })
    const copied = copy('app.sqlite', 'new.sqlite')
    for (let at = 0; at < 50; at++) await god.call('create', 'Person', { name: `Meanwhile ${at}` })
    expect(await copied).toMatchObject({ code: 0 })
    const [[people]] = query('new.sqlite', 'SELECT count(*) FROM Person') as [[number]]
    expect(people).toBeGreaterThanOrEqual(3)
    await engine.close()
  })

  test('100,000 rows, in pages', async () => {
    const { copy, file, sql, query } = copyFolder()
    await fillKinds(file('app.sqlite'))
    sql(
      'app.sqlite',
      `INSERT INTO Place WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000)
       SELECT 'street ' || (x % 1000), 1000 + x, CASE x % 3 WHEN 0 THEN NULL ELSE hex(x) END FROM n`,
    )
    const { code, out } = await copy('app.sqlite', 'new.sqlite')
    expect(code).toBe(0)
    expect(out).toMatch(/^Place +100,020 +100,020 .* equal$/m)
    expect(out).toMatch(/^Place: 5\d,\d{3} of 100,020 rows$/m)
    expect(query('new.sqlite', 'SELECT count(*), sum(number), count("order") FROM Place')).toEqual(
      query('app.sqlite', 'SELECT count(*), sum(number), count("order") FROM Place'),
    )
  })

  test('rows that are larger than a page', async () => {
    const { copy, file, sql } = copyFolder()
    await fillKinds(file('app.sqlite'))
    // 14 rows of 5 MB are more than is read at once.
    sql(
      'app.sqlite',
      `INSERT INTO Kind (id, bytes, createdAt) WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 14)
       SELECT printf('%036d', x), zeroblob(5000000), '2026-01-15T10:30:00.001Z' FROM n`,
    )
    expect(await copy('app.sqlite', 'new.sqlite')).toMatchObject({ code: 0 })
  })

  test('sessions stay behind unless they are asked for', async () => {
    const { copy, file, sql, query } = copyFolder()
    await fillKinds(file('app.sqlite'))
    sql('app.sqlite', `INSERT INTO "_dbal_tokens" VALUES ('h', 'refresh', 'u', NULL, 9007199254740991, NULL)`)
    await copy('app.sqlite', 'without.sqlite')
    await copy('app.sqlite', 'with.sqlite', '--tokens')
    expect(query('without.sqlite', 'SELECT * FROM "_dbal_tokens"')).toEqual([])
    expect(query('with.sqlite', 'SELECT * FROM "_dbal_tokens"')).toEqual([
      ['h', 'refresh', 'u', null, Number.MAX_SAFE_INTEGER, null],
    ])
  })

  test('a dry run says what would be copied and writes nothing', async () => {
    const { copy, file } = copyFolder()
    await fillKinds(file('app.sqlite'))
    const { code, out } = await copy('app.sqlite', 'new.sqlite', '--dry-run')
    expect(code).toBe(0)
    expect(out).toContain('new.sqlite (SQLite): empty; its tables will be made')
    expect(out).toMatch(/^Place +20$/m)
    expect(out).toMatch(/Nothing was written\.$/)
    expect(existsSync(file('new.sqlite'))).toBe(false)
  })
})

describe('the target', () => {
  test('may have its tables already', async () => {
    const { copy, file } = copyFolder()
    await fillKinds(file('app.sqlite'))
    await (await openApp(file('new.sqlite'))).engine.close()
    expect((await copy('app.sqlite', 'new.sqlite', '--dry-run')).out).toContain(
      'has its tables, which are empty',
    )
    expect(await copy('app.sqlite', 'new.sqlite')).toMatchObject({ code: 0 })
    const { engine, as } = await openApp(file('new.sqlite'))
    const found = await as('supergod').call('search', 'Kind', 'Grüße')
    expect((found as { values: unknown[] }).values).toContain('a@example.com')
    await engine.close()
  })

  test('is refused when it holds rows, tables of others, or those of other migrations', async () => {
    const { copy, file, sql, write } = copyFolder()
    await fillKinds(file('app.sqlite'))
    await fillKinds(file('full.sqlite'))
    sql('other.sqlite', 'CREATE TABLE "x\u001b[2J" (a)')
    write('no.sqlite', 'this is text')
    const later = await openApp(file('later.sqlite'), {
      schema: defineSchema({ Note: { fields: { id: f.id() } } }),
    })
    await later.engine.close()
    const logged = await openApp(file('logged.sqlite'))
    const place = { street: 'a', number: 1 }
    await logged.as('god').call('create', 'Place', place)
    await logged.as('god').call('delete', 'Place', place)
    await logged.engine.close()
    for (const [to, message] of [
      ['full.sqlite', /full\.sqlite is not empty: Kind holds rows$/],
      ['other.sqlite', /other\.sqlite is not empty: it has a table x\\u\{1b\}\[2J$/],
      ['later.sqlite', /was made by other migrations/],
      ['logged.sqlite', /is not empty: _dbal_audit holds rows$/],
      ['no.sqlite', /cannot be opened/],
      ['app.sqlite', /are the same database/],
      [file('.'), /cannot be opened/],
    ] as const) {
      const { code, errors } = await copy('app.sqlite', to)
      expect({ to, code }).toEqual({ to, code: 2 })
      expect(errors).toMatch(message)
    }
  })

  test('that changes what is written into it is not equal, and stays half a copy', async () => {
    const { copy, file, sql } = copyFolder()
    await fillKinds(file('app.sqlite'))
    await (await openApp(file('new.sqlite'))).engine.close()
    sql(
      'new.sqlite',
      `CREATE TRIGGER meddle AFTER INSERT ON Place WHEN NEW.number = 7 AND NEW.street = 'z'
       BEGIN UPDATE Place SET "order" = '8' WHERE street = 'z' AND number = 7; END`,
      `CREATE TRIGGER forget AFTER INSERT ON Team BEGIN DELETE FROM Team; END`,
    )
    const { code, out } = await copy('app.sqlite', 'new.sqlite')
    expect(code).toBe(1)
    expect(out).toMatch(/^Place +20 +20 .* DIFFERENT$/m)
    expect(out).toMatch(/^Team +1 +0 .* DIFFERENT$/m)
    expect(out).toContain('In the target a row of Person refers to a row of Team that is not there.')
    expect(out).toContain('It stays marked as half a copy')
    await expect(openApp(file('new.sqlite'))).rejects.toThrow(half)
  })

  test('that loses an entry of the audit log is not equal', async () => {
    const { copy, file, sql } = copyFolder()
    await fillKinds(file('app.sqlite'))
    await (await openApp(file('new.sqlite'))).engine.close()
    sql(
      'new.sqlite',
      'DROP TRIGGER "_dbal_audit_no_update"',
      `CREATE TRIGGER meddle AFTER INSERT ON "_dbal_audit" WHEN NEW.seq = 3
       BEGIN UPDATE "_dbal_audit" SET role = 'god' WHERE seq = 3; END`,
    )
    const { code, out } = await copy('app.sqlite', 'new.sqlite')
    expect(code).toBe(1)
    expect(out).toMatch(/^audit head .* DIFFERENT$/m)
    expect(out).toContain('In the target entry 3 does not have the hash of its content.')
  })

  test('killed half way it is never opened, and the same command begins it anew', async () => {
    const { copy, file, sql, query } = copyFolder()
    await fillKinds(file('app.sqlite'))
    sql(
      'app.sqlite',
      `INSERT INTO Place WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 60000)
       SELECT 'street ' || x, 1000 + x, NULL FROM n`,
    )
    for (const rows of [1, 30_000]) {
      await killCopy(file('app.sqlite'), file('new.sqlite'), file('schema.json'), rows)
      await expect(openApp(file('new.sqlite'))).rejects.toThrow(half)
      expect((await copy('app.sqlite', 'new.sqlite', '--dry-run')).out).toContain(
        'half a copy; it will be begun anew',
      )
    }
    expect(await copy('app.sqlite', 'new.sqlite')).toMatchObject({ code: 0 })
    expect(query('new.sqlite', 'SELECT count(*) FROM Place')).toEqual([[60_020]])
    await (await openApp(file('new.sqlite'))).engine.close()
  })

  test('has one copy at a time', async () => {
    const { copy, file, sql } = copyFolder()
    await fillKinds(file('app.sqlite'))
    const other = openNodeSqlite(file('new.sqlite'))
    const connection = await other.acquire()
    await connection.execute({ sql: 'begin immediate', columns: [] }, [], 0)
    const { code, errors } = await copy('app.sqlite', 'new.sqlite')
    expect(code).toBe(2)
    expect(errors).toContain('is in use')
    await other.close()
    sql('new.sqlite', 'SELECT 1')
  }, 20_000)
})

/** Runs the command in a process of its own, and kills it when the target holds so many rows of the last entity. */
async function killCopy(from: string, to: string, schema: string, rows: number): Promise<void> {
  const main = new URL('../main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main, 'copy', '--schema', schema, '--from', from, '--to', to], {
    stdio: 'ignore',
    env: { ...process.env, DBAL_TEST: '1' },
  })
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  // The target is locked, but the size of its log tells how far it is.
  const wanted = 20_000 + rows * 60
  const size = () => (existsSync(`${to}-wal`) ? readFileSync(`${to}-wal`).length : 0)
  await vi.waitFor(() => expect(size()).toBeGreaterThan(wanted), { timeout: 20_000, interval: 2 })
  child.kill('SIGKILL')
  expect(await ended).toBe(null)
}

describe('the source', () => {
  test('is refused when it is none, damaged, of another schema, or half a copy itself', async () => {
    const { copy, file, sql, write } = copyFolder()
    await fillKinds(file('app.sqlite'))
    const bytes = readFileSync(file('app.sqlite'))
    write('text.sqlite', 'this is text')
    write('cut.sqlite', bytes.subarray(0, bytes.length - 5_000))
    write('damaged.sqlite', damaged(bytes))
    sql('foreign.sqlite', 'CREATE TABLE Kind (id TEXT PRIMARY KEY)')
    const changed = (name: string, ...texts: string[]) => {
      write(name, bytes)
      sql(name, ...texts)
      return name
    }
    for (const [from, message] of [
      ['absent.sqlite', /There is no file/],
      ['text.sqlite', /not a database/],
      ['cut.sqlite', /malformed|damaged/],
      ['damaged.sqlite', /is damaged|malformed/],
      ['foreign.sqlite', /is no database of this package/],
      [changed('half.sqlite', `INSERT INTO "_dbal_meta" VALUES ('copy', '{}')`), /half a copy/],
      [changed('newer.sqlite', `UPDATE "_dbal_meta" SET value = '99' WHERE key = 'engine'`), /later version/],
      [
        changed('json.sqlite', `UPDATE "_dbal_migrations" SET up = '{}'`),
        /history of migrations is damaged|must be/,
      ],
      [
        changed('steps.sqlite', `UPDATE "_dbal_migrations" SET up = '["DROP TABLE Kind"]'`),
        /history of migrations is damaged/,
      ],
      [changed('orphan.sqlite', `UPDATE Person SET bossId = '${'0'.repeat(36)}'`), /is damaged: Person/],
      [changed('column.sqlite', 'ALTER TABLE Kind DROP COLUMN number'), /Kind\.number has no column/],
      [changed('more.sqlite', 'CREATE TABLE "Note;--" (a)'), /holds what the schema does not have: Note;--/],
      [changed('wide.sqlite', 'ALTER TABLE Place ADD COLUMN more TEXT'), /does not have: Place\.more/],
      [
        changed(
          'log.sqlite',
          'DROP TRIGGER "_dbal_audit_no_update"',
          `UPDATE "_dbal_audit" SET at = 'x' WHERE seq = 4`,
        ),
        /entry 4 of the audit log does not have the hash/,
      ],
      [
        changed(
          'utf.sqlite',
          `UPDATE Place SET "order" = CAST(X'61FF' AS TEXT) WHERE street = 'z' AND number = 0`,
        ),
        /the row of Place with street "z", number "0" is damaged: order is no UTF-8/,
      ],
    ] as const) {
      const { code, errors } = await copy(from, 'new.sqlite')
      expect(errors).toMatch(message)
      expect({ from, code }).toEqual({ from, code: 2 })
    }
  })

  test('may hold what the schema does not have, when that is to be left out', async () => {
    const { copy, file, sql } = copyFolder()
    await fillKinds(file('app.sqlite'))
    sql('app.sqlite', 'CREATE TABLE "N;--" (a)', 'ALTER TABLE Place ADD COLUMN more TEXT')
    expect(await copy('app.sqlite', 'new.sqlite', '--leave-out', 'N;--')).toMatchObject({ code: 2 })
    expect(
      await copy('app.sqlite', 'new.sqlite', '--leave-out', 'N;--', '--leave-out', 'Place.more'),
    ).toMatchObject({ code: 0 })
  })

  test('that is not STRICT may hold anything: what is no value of its column stops the copy', async () => {
    const { copy, file, sql, query } = copyFolder()
    await fillKinds(file('app.sqlite'))
    const [[text]] = query('app.sqlite', "SELECT sql FROM sqlite_schema WHERE name = 'Place'") as [[string]]
    sql(
      'app.sqlite',
      'DROP TABLE Place',
      text.replace(') STRICT', ')'),
      `INSERT INTO Place VALUES ('a', 'b', 'c')`,
    )
    const { code, errors } = await copy('app.sqlite', 'new.sqlite')
    expect(code).toBe(2)
    expect(errors).toContain('the row of Place with street "a", number "b" is damaged')
    await expect(openApp(file('new.sqlite'))).rejects.toThrow(half)
  })

  test('older than the schema is refused, or migrated in the copy', async () => {
    const { copy, file, write, query } = copyFolder()
    await fillKinds(file('app.sqlite'))
    const grown = JSON.parse(JSON.stringify(kinds))
    grown.entities.Place.fields.more = {
      ...grown.entities.Place.fields.order,
      default: 'new',
      nullable: false,
    }
    write('schema.json', JSON.stringify(grown))
    const { code, errors } = await copy('app.sqlite', 'new.sqlite')
    expect(code).toBe(2)
    expect(errors).toContain('is older than the code (the schema has grown)')
    const migrated = await copy('app.sqlite', 'new.sqlite', '--migrate')
    expect(migrated).toMatchObject({ code: 0 })
    expect(migrated.out).toContain('The copy was migrated to version 2.')
    expect(query('new.sqlite', 'SELECT DISTINCT more FROM Place')).toEqual([['new']])
    expect(query('app.sqlite', "SELECT count(*) FROM pragma_table_info('Place')")).toEqual([[3]])
    // Newer than the code, the other way round.
    write('schema.json', JSON.stringify(kinds))
    expect(await copy('new.sqlite', 'old.sqlite')).toMatchObject({ code: 2 })
  })
})

/** Bytes changed in the middle of a page that holds rows. */
function damaged(file: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(file)
  const pageSize = 4096
  for (let page = 2; page < bytes.length / pageSize; page++)
    bytes.fill(0xee, page * pageSize + 8, page * pageSize + 40)
  return bytes
}

describe('written migrations', () => {
  const column = { type: 'uuid' }
  const migration = (version: number, up: unknown, down: unknown = []) =>
    JSON.stringify({ version, name: `m${version}`, up, down })
  const create = { createEntity: { name: 'Note', columns: { id: column }, primaryKey: ['id'], indexes: [] } }
  const add = { addField: { entity: 'Note', name: 'text', column: { type: 'text', nullable: true } } }
  const note = defineSchema({ Note: { fields: { id: f.id() } } })
  const longer = defineSchema({ Note: { fields: { id: f.id(), text: f.text() } } })

  async function setup() {
    const folder = copyFolder(note)
    const { mkdirSync } = await import('node:fs')
    mkdirSync(folder.file('migrations'))
    folder.write('migrations/0001-m1.json', migration(1, [create]))
    const first = JSON.parse(migration(1, [create]))
    const { engine, as } = await openApp(folder.file('app.sqlite'), { schema: note, migrations: [first] })
    await as('supergod').call('create', 'Note', {})
    await engine.close()
    return folder
  }

  test('are the history of the copy, with the times at which they were applied', async () => {
    const { copy, query } = await setup()
    expect(await copy('app.sqlite', 'new.sqlite', '--migrations', 'migrations')).toMatchObject({ code: 0 })
    const history = 'SELECT * FROM "_dbal_migrations"'
    expect(query('new.sqlite', history)).toEqual(query('app.sqlite', history))
  })

  test('that are missing, changed or newer than the code are named', async () => {
    const { copy, write } = await setup()
    expect((await copy('app.sqlite', 'new.sqlite')).errors).toContain('name their folder with --migrations')
    write('migrations/0001-m1.json', migration(1, [create], ['SELECT 1']))
    expect((await copy('app.sqlite', 'new.sqlite', '--migrations', 'migrations')).errors).toContain(
      'is not the one that was applied',
    )
    expect((await copy('app.sqlite', 'new.sqlite', '--migrations', 'none')).errors).toContain(
      'holds no migrations',
    )
  })

  test('that the source does not have yet are applied to the copy when that is asked for', async () => {
    const { copy, write, query } = await setup()
    write('migrations/0002-m2.json', migration(2, [add]))
    write('schema.json', JSON.stringify(longer))
    const options = ['--migrations', 'migrations']
    expect((await copy('app.sqlite', 'new.sqlite', ...options)).errors).toContain('(Migration 2 "m2")')
    expect(await copy('app.sqlite', 'new.sqlite', ...options, '--migrate')).toMatchObject({ code: 0 })
    expect(query('new.sqlite', 'SELECT version FROM "_dbal_migrations"')).toEqual([[1], [2]])
    expect(query('new.sqlite', 'SELECT text FROM Note')).toEqual([[null]])
  })
})

describe('arguments', () => {
  test('are told when they are wrong, and no password is repeated', async () => {
    const { copy, dbal, file } = copyFolder()
    writeFileSync(file('app.sqlite'), '')
    vi.stubEnv('DBAL_TEST_URL', 'oracle://app:s3cret@db/x')
    for (const [from, message] of [
      ['env:DBAL_TEST_NONE', 'there is no variable DBAL_TEST_NONE'],
      ['env:DBAL_TEST_URL', 'oracle is no kind of database'],
      ['mssql://app:s3cret@db/x', 'mssql is no kind of database'],
      ['postgres://app:s3cret@[bad/x', '--from is no URL of a database'],
      ['file:', 'must name a file'],
    ] as const) {
      const { code, out, errors } = await copy(from, 'new.sqlite')
      expect(code).toBe(2)
      expect(errors).toContain(message)
      expect(out + errors).not.toContain('s3cret')
    }
    vi.unstubAllEnvs()
    expect((await dbal('copy', '--from', 'a')).errors).toContain('Usage: dbal copy')
    expect((await dbal('copy', '--help')).out).toContain('Usage: dbal copy')
    expect((await dbal('copy', '--from', 'a', '--to', 'b', '--migrations', 'm')).errors).toContain(
      '--migrations needs --schema',
    )
    expect((await dbal('copy', '--form', 'a')).code).toBe(2)
  })
})

test('the guide shows what the command prints', async () => {
  const { dbal, file } = copyFolder()
  const { engine, as } = await openTestEngine({
    driver: openNodeSqlite(file('app.sqlite')),
    migrations: metabuilderMigrations,
  })
  for (let at = 10; at < 22; at++)
    await as('supergod').call('create', 'User', { username: `user${at}`, email: `${at}@example.com` })
  await engine.close()
  const { out } = await dbal('copy', '--from', 'app.sqlite', '--to', 'new.sqlite')
  const guide = readFileSync(new URL('../../../docs/guide/copy.md', import.meta.url), 'utf8')
  const [, shown = ''] = /^ {4}\$ npx dbal copy .*\n((?:(?: {4}.*)?\n)+?)\n(?=\S)/m.exec(guide) ?? []
  const same = (text: string) =>
    text
      .replace(/[0-9a-f]{16,}/g, (digits) => (/^0+$/.test(digits) ? digits : 'hash'))
      .replace(/^(From|To) .*$/gm, '$1')
      .trim()
  expect(same(out)).toBe(same(shown.replace(/^ {4}/gm, '')))
})
