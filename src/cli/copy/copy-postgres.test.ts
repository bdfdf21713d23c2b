import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestEngine } from '../../../test/support/engine.ts'
import { startPostgres, type TestPostgres } from '../../../test/support/postgres.ts'
import type { ColumnType } from '../../drivers/driver.ts'
import { postgresDialect } from '../../engine/postgres/dialect.ts'
import { copyFolder, fillKinds, kinds, openApp } from './copy-setup.cases.ts'

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server?.stop())

interface Target {
  readonly schema: string
  readonly url: string
}

function freshTarget(): Target {
  const { host, port, user, password, database } = server.options
  const schema = server.freshSchema()
  return { schema, url: `postgres://${user}:${password}@${host}:${port}/${database}?schema=${schema}` }
}

/** What the command says behind the addresses. */
const results = (out: string) => out.split('\n').slice(3).join('\n')

async function query(schema: string, sql: string, columns: readonly ColumnType[] = []) {
  const driver = await server.open({ schema })
  const connection = await driver.acquire()
  try {
    return (await connection.execute({ sql, columns, once: true }, [], 0)).values
  } finally {
    connection.release()
    await driver.close()
  }
}

/** Opens an engine over a schema of the server, as an app does. */
async function openOn(schema: string) {
  const driver = await server.open({ schema })
  try {
    return await openTestEngine({
      schema: kinds,
      driver,
      dialect: postgresDialect,
      sandbox: 'disabled',
    })
  } catch (error) {
    await driver.close()
    throw error
  }
}

describe('SQLite to PostgreSQL', () => {
  test('and back: equal rows of every kind, equal checksums, the same head', async () => {
    const { copy, file, query: sqlite } = copyFolder()
    await fillKinds(file('app.sqlite'))
    const { url } = freshTarget()
    const there = await copy('app.sqlite', url)
    expect(there).toMatchObject({ code: 0, errors: '' })
    const back = await copy(url, 'back.sqlite')
    expect(back).toMatchObject({ code: 0, errors: '' })
    expect(results(back.out)).toBe(results(there.out))
    for (const name of ['Kind', 'Person', 'Team', 'Place', '_dbal_audit', '_dbal_migrations']) {
      const rows = `SELECT * FROM "${name}" ORDER BY 1, 2`
      expect(sqlite('back.sqlite', rows.replace('*', quotedColumns(sqlite, name)))).toEqual(
        sqlite('app.sqlite', rows.replace('*', quotedColumns(sqlite, name))),
      )
    }
    expect(there.out + back.out).not.toContain(server.options.password)
  })

  test('the copy is a database that the app opens, with its references kept and its audit log going on', async () => {
    const { copy, file } = copyFolder()
    await fillKinds(file('app.sqlite'))
    const { schema, url } = freshTarget()
    await copy('app.sqlite', url)
    const { engine, as } = await openOn(schema)
    const god = as('supergod')
    expect(await god.call('count', 'Kind')).toBe(6)
    await expect(god.call('create', 'Team', { leadId: crypto.randomUUID() })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    await god.call('create', 'Person', { name: 'New' })
    expect(await god.call('audit.verify')).toMatchObject({ ok: true })
    await engine.close()
    // What was written on the server comes back to the browser's form.
    expect(await copy(url, 'back.sqlite')).toMatchObject({ code: 0 })
    const app = await openApp(file('back.sqlite'))
    expect(await app.as('supergod').call('audit.verify')).toMatchObject({ ok: true })
    await app.engine.close()
  })

  test('10,000 rows, in pages, and sessions when they are asked for', async () => {
    const { copy, file, sql } = copyFolder()
    await fillKinds(file('app.sqlite'))
    sql(
      'app.sqlite',
      `INSERT INTO Place WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 10000)
       SELECT 'street ' || (x % 100), 1000 + x, CASE x % 3 WHEN 0 THEN NULL ELSE hex(x) END FROM n`,
      `INSERT INTO "_dbal_tokens" VALUES ('h', 'refresh', 'u', NULL, 9007199254740991, NULL)`,
    )
    const { schema, url } = freshTarget()
    expect(await copy('app.sqlite', url, '--tokens')).toMatchObject({ code: 0 })
    expect(
      await query(schema, 'SELECT count(*), sum("number") FROM "Place"', ['integer', 'integer']),
    ).toEqual([10_020, 60_005_000 + 5 * (2 ** 40 + 6)])
    expect(await query(schema, 'SELECT "expiresAt" FROM "_dbal_tokens"', ['integer'])).toEqual([
      Number.MAX_SAFE_INTEGER,
    ])
  })

  test('an orphan that SQLite let pass is found, and the target stays half a copy', async () => {
    const { copy, file } = copyFolder()
    await fillKinds(file('app.sqlite'))
    const { schema, url } = freshTarget()
    // Its tables are there already, with a trigger that somebody has added.
    await (await openOn(schema)).engine.close()
    await query(
      schema,
      'CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM "Team"; RETURN NULL; END $$',
    )
    await query(schema, 'CREATE TRIGGER forget AFTER INSERT ON "Place" EXECUTE FUNCTION forget()')
    const { code, out } = await copy('app.sqlite', url)
    expect(code).toBe(1)
    expect(out).toMatch(/^Team +1 +0 .* DIFFERENT$/m)
    expect(out).toContain('In the target a row of Person refers to a row of Team that is not there.')
    await expect(openOn(schema)).rejects.toThrow('half a copy')
  })

  test('is refused where the target holds rows or somebody else copies, and a value that PostgreSQL cannot hold is named', async () => {
    const { copy, file, sql } = copyFolder()
    await fillKinds(file('app.sqlite'))
    const full = freshTarget()
    await copy('app.sqlite', full.url)
    expect(await copy('app.sqlite', full.url)).toMatchObject({
      code: 2,
      errors: expect.stringContaining('is not empty: Kind holds rows'),
    })
    const other = freshTarget()
    await (await server.open({ schema: other.schema })).close()
    await query(other.schema, 'CREATE TABLE notes (a int)')
    expect((await copy('app.sqlite', other.url)).errors).toContain('is not empty: it has a table notes')
    const busy = freshTarget()
    const driver = await server.open({ schema: busy.schema })
    const connection = await driver.acquire()
    const lock = 'select pg_advisory_lock(1684169070, hashtext(current_schema()))'
    await connection.execute({ sql: lock, columns: ['any'], once: true }, [], 0)
    expect((await copy('app.sqlite', busy.url)).errors).toContain('Another copy goes to the same target')
    connection.release()
    await driver.close()
    sql('app.sqlite', `UPDATE Place SET "order" = 'a' || char(0) WHERE street = 'z' AND number = 0`)
    const nul = freshTarget()
    const refused = await copy('app.sqlite', nul.url)
    expect(refused).toMatchObject({ code: 2 })
    expect(refused.errors).toContain('does not take the row of Place with street "z", number "0"')
    await expect(openOn(nul.schema)).rejects.toThrow('half a copy')
  })

  test('killed half way it is never opened, and the same command begins it anew', async () => {
    const { copy, file, sql } = copyFolder()
    await fillKinds(file('app.sqlite'))
    sql(
      'app.sqlite',
      `INSERT INTO Place WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 20000)
       SELECT 'street ' || x, 1000 + x, NULL FROM n`,
    )
    const { schema, url } = freshTarget()
    await killCopy(file('app.sqlite'), url, file('schema.json'), schema)
    await expect(openOn(schema)).rejects.toThrow('half a copy')
    expect((await copy('app.sqlite', url, '--dry-run')).out).toContain('half a copy; it will be begun anew')
    expect(await copy('app.sqlite', url)).toMatchObject({ code: 0 })
    await (await openOn(schema)).engine.close()
  })

  test('no password is told when a server cannot be reached or refuses', async () => {
    const { copy, file } = copyFolder()
    await fillKinds(file('app.sqlite'))
    const { host, port, database } = server.options
    for (const url of [
      `postgres://dbal:s3cr%40t@${host}:${port}/${database}`,
      `postgres://dbal:s3cr%40t@127.0.0.1:1/${database}?sslmode=disable`,
      `postgres://dbal:s3cr%40t@${host}:${port}/nowhere?application_name=s3cr%40t`,
    ]) {
      const { code, out, errors } = await copy('app.sqlite', url)
      expect(code).toBe(2)
      expect(errors).toContain('cannot be opened')
      expect(out + errors).not.toMatch(/s3cr/)
    }
  })
})

function quotedColumns(sqlite: (name: string, sql: string) => readonly unknown[], table: string): string {
  const names = sqlite('app.sqlite', `SELECT name FROM pragma_table_info('${table}')`) as string[][]
  return names.map(([name]) => `quote("${name}")`).join(', ')
}

/** Kills the command when rows of the last entity are there. */
async function killCopy(from: string, to: string, schemaFile: string, schema: string): Promise<void> {
  const main = new URL('../main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main, 'copy', '--schema', schemaFile, '--from', from, '--to', to], {
    stdio: 'ignore',
  })
  let isRunning = true
  const ended = new Promise<number | null>((resolve) => {
    child.on('exit', (code) => {
      isRunning = false
      resolve(code)
    })
  })
  const driver = await server.open({ schema })
  const connection = await driver.acquire()
  while (isRunning) {
    try {
      const { values } = await connection.execute(
        { sql: 'SELECT count(*) FROM "Place"', columns: ['integer'], once: true },
        [],
        0,
      )
      if ((values[0] as number) > 2_000) break
    } catch {
      // There is no such table yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  child.kill('SIGKILL')
  expect(await ended).toBe(null)
  connection.release()
  await driver.close()
}
