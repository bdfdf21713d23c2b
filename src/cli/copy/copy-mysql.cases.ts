/** Copies from and to MariaDB and MySQL; which server it is the tests that call it say. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestEngine } from '../../../test/support/engine.ts'
import type { TestMysqlServer } from '../../../test/support/mysql-server.ts'
import { startPostgres, type TestPostgres } from '../../../test/support/postgres.ts'
import type { ColumnType } from '../../drivers/driver.ts'
import { dialectOf } from '../../engine/dialects.ts'
import { mariaDb, mysql } from '../../engine/mysql/server.ts'
import { defineSchema } from '../../schema/define.ts'
import { f } from '../../schema/fields.ts'
import type { SchemaData } from '../../schema/schema.ts'
import { copyFolder, fillKinds, kinds, openApp } from './copy-setup.cases.ts'

/** What the command says behind the addresses. */
const results = (out: string) => out.split('\n').slice(3).join('\n')

export interface CopyTarget {
  /** As the command calls it. */
  readonly name: string
  /** Why there is none here. */
  readonly missing: string | undefined
  start(): Promise<TestMysqlServer>
}

/** The command from and to MariaDB or MySQL. */
export function mysqlCopyCases(target: CopyTarget): void {
  describe.skipIf(target.missing)(`copying to ${target.name}`, () => {
    let server: TestMysqlServer
    let postgres: TestPostgres
    beforeAll(async () => {
      ;[server, postgres] = await Promise.all([target.start(), startPostgres()])
    }, 60_000)
    afterAll(() => Promise.all([server?.stop(), postgres?.stop()]))

    const address = (name: string, scheme = 'mysql') =>
      `${scheme}://${server.options.user}@${server.options.host}:${server.options.port}/${name}`

    async function query(database: string, sql: string, columns: readonly ColumnType[] = []) {
      const driver = await server.open({ database })
      const connection = await driver.acquire()
      try {
        return (await connection.execute({ sql, columns, once: true }, [], 0)).values
      } finally {
        connection.release()
        await driver.close()
      }
    }

    /** Opens an engine over a database of the server, as an app does. */
    async function openOn(database: string, schema: SchemaData = kinds) {
      const driver = await server.open({ database })
      try {
        return await openTestEngine({ schema, driver, dialect: dialectOf(driver), sandbox: 'disabled' })
      } catch (error) {
        await driver.close()
        throw error
      }
    }

    test(`SQLite, PostgreSQL, ${target.name}, SQLite: the same rows, checksums and head, whatever the values`, async () => {
      const { copy, file, query: sqlite, sql } = copyFolder()
      await fillKinds(file('app.sqlite'))
      // Keys that differ by a space, a letter's case, an accent or a form of it, and what looks like SQL.
      sql(
        'app.sqlite',
        String.raw`INSERT INTO Place VALUES ('a ', 7, ''), ('a  ', 7, ' '), ('ä', 7, 'Ä'), ('a' || char(776), 7, NULL),
        (char(128024), -9007199254740991, '\'), ('\"%_' || char(39, 96), 9007199254740991, 'a' || char(13, 10) || 'b')`,
      )
      const { host, port, user, password, database } = postgres.options
      const between = `postgres://${user}:${password}@${host}:${port}/${database}?schema=${postgres.freshSchema()}`
      const name = server.freshName()
      const there = await copy('app.sqlite', between)
      expect(there).toMatchObject({ code: 0, errors: '' })
      const across = await copy(between, address(name))
      expect(across).toMatchObject({ code: 0, errors: '' })
      const back = await copy(address(name, 'mariadb'), 'back.sqlite')
      expect(back).toMatchObject({ code: 0, errors: '' })
      expect(results(across.out)).toBe(results(there.out))
      expect(results(back.out)).toBe(results(there.out))
      for (const table of ['Kind', 'Person', 'Team', 'Place', '_dbal_audit', '_dbal_migrations']) {
        const columns = sqlite('app.sqlite', `SELECT name FROM pragma_table_info('${table}')`) as string[][]
        const rows = `SELECT ${columns.map(([column]) => `quote("${column}")`).join(', ')} FROM "${table}" ORDER BY 1, 2`
        expect(sqlite('back.sqlite', rows)).toEqual(sqlite('app.sqlite', rows))
      }
      expect(across.out).toContain(`(${target.name})`)

      // The copy is a database that the app opens, with its references kept and its audit log going on.
      const { engine, as } = await openOn(name)
      const god = as('supergod')
      expect(await god.call('count', 'Place')).toBe(26)
      await expect(god.call('create', 'Team', { leadId: crypto.randomUUID() })).rejects.toMatchObject({
        code: 'CONFLICT',
      })
      await god.call('create', 'Person', { name: 'New' })
      expect(await god.call('audit.verify')).toMatchObject({ ok: true })
      await engine.close()
      expect(await copy(address(name), 'again.sqlite')).toMatchObject({ code: 0 })
      const app = await openApp(file('again.sqlite'))
      expect(await app.as('supergod').call('audit.verify')).toMatchObject({ ok: true })
      await app.engine.close()
    })

    test('thousands of rows with a key of two columns, in pages; sessions when they are asked for', async () => {
      const { copy, file, sql } = copyFolder()
      await fillKinds(file('app.sqlite'))
      sql(
        'app.sqlite',
        `INSERT INTO Place WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 4000)
       SELECT 'street ' || (x % 20), 1000 + x, CASE x % 3 WHEN 0 THEN NULL ELSE hex(x) END FROM n`,
        `INSERT INTO "_dbal_tokens" VALUES ('h', 'refresh', 'u', NULL, 9007199254740991, NULL)`,
      )
      const name = server.freshName()
      expect(await copy('app.sqlite', address(name), '--tokens')).toMatchObject({ code: 0 })
      expect(await query(name, 'select count(*) from main."Place"', ['integer'])).toEqual([4_020])
      expect(await query(name, 'select "expiresAt" from main."_dbal_tokens"', ['integer'])).toEqual([
        Number.MAX_SAFE_INTEGER,
      ])
      // A target that holds rows, one of somebody else's, and one that another copy holds.
      expect((await copy('app.sqlite', address(name))).errors).toContain('is not empty: Kind holds rows')
      const other = server.freshName()
      await query(other, 'create table main.notes (a int)')
      expect((await copy('app.sqlite', address(other))).errors).toContain(
        'is not empty: it has a table notes',
      )
      const busy = server.freshName()
      const driver = await server.open({ database: busy })
      const connection = await driver.acquire()
      const { hash } = driver.server === 'mysql' ? mysql : mariaDb
      const lock = `select get_lock(concat('dbal-copy:', ${hash('database()')}), 0)`
      await connection.execute({ sql: lock, columns: ['any'], once: true }, [], 0)
      expect((await copy('app.sqlite', address(busy))).errors).toContain(
        'Another copy goes to the same target',
      )
      connection.release()
      await driver.close()
    })

    test('what does not hold or does not fit is named, the target stays half a copy, and the next copy begins anew', async () => {
      const { copy, file, sql } = copyFolder()
      await fillKinds(file('app.sqlite'))
      const name = server.freshName()
      await (await openOn(name)).engine.close()
      await query(
        name,
        'create trigger main.forget after insert on main."Place" for each row delete from "Team"',
      )
      const { code, out } = await copy('app.sqlite', address(name))
      expect(code).toBe(1)
      expect(out).toMatch(/^Team +1 +0 .* DIFFERENT$/m)
      expect(out).toContain('In the target a row of Person refers to a row of Team that is not there.')
      await expect(openOn(name)).rejects.toThrow('half a copy')
      expect((await copy('app.sqlite', address(name), '--dry-run')).out).toContain('half a copy')

      sql('app.sqlite', `UPDATE Place SET street = printf('%.300c', 'z') WHERE street = 'z' AND number = 0`)
      const refused = await copy('app.sqlite', address(name))
      expect(refused).toMatchObject({ code: 2 })
      expect(refused.errors).toMatch(
        /does not take the row of Place with street "z+, number "0" \(tooBig, 1406\)/,
      )
      await expect(openOn(name)).rejects.toThrow('half a copy')

      sql(
        'app.sqlite',
        `UPDATE Place SET street = 'long', "order" = printf('%.17000000c', 'x') WHERE street LIKE 'zz%'`,
      )
      expect((await copy('app.sqlite', address(name))).errors).toMatch(
        /does not take the row of Place with street "long", number "0": it has 17000\d+ bytes, and the server takes .* \(max_allowed_packet\)/,
      )
      // More than the server takes at once, of rows that it takes.
      sql(
        'app.sqlite',
        `DELETE FROM Place`,
        `INSERT INTO Place WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 64)
       SELECT 'street', x, printf('%.300000c', 'x') FROM n`,
      )
      expect(await copy('app.sqlite', address(name))).toMatchObject({ code: 0 })
      await (await openOn(name)).engine.close()
    })

    test('references by names that ignore case come over, are kept again, and orphans among them are found', async () => {
      const schema = defineSchema({
        Owner: { fields: { id: f.id(), name: f.string({ max: 40, unique: true, caseInsensitive: true }) } },
        Pet: {
          fields: {
            id: f.id(),
            ownerName: f.string({ max: 40, references: 'Owner.name', onDelete: 'cascade' }),
          },
        },
      })
      const { copy, file } = copyFolder(schema)
      const app = await openApp(file('app.sqlite'), { schema })
      await app.as('supergod').call('create', 'Owner', { name: 'Ann' })
      await app.as('supergod').call('create', 'Pet', { ownerName: 'ANN' })
      await app.engine.close()
      const name = server.freshName()
      expect(await copy('app.sqlite', address(name))).toMatchObject({ code: 0 })
      const { engine, as } = await openOn(name, schema)
      await expect(as('supergod').call('create', 'Pet', { ownerName: 'Bob' })).rejects.toMatchObject({
        code: 'CONFLICT',
      })
      await as('supergod').call('create', 'Pet', { ownerName: 'aNN' })
      await engine.close()
      const other = server.freshName()
      await (await openOn(other, schema)).engine.close()
      await query(
        other,
        'create trigger main.forget after insert on main."Pet" for each row delete from "Owner"',
      )
      const { code, out } = await copy('app.sqlite', address(other))
      expect(code).toBe(1)
      expect(out).toMatch(/^Pet +1 +1 .* equal$/m)
      expect(out).toContain('In the target a row of Pet refers to a row of Owner that is not there.')
    })

    test('--dry-run makes no database, a source that is not there is refused, and no password is told', async () => {
      const { copy, file } = copyFolder()
      await fillKinds(file('app.sqlite'))
      const name = server.freshName()
      const { out, code } = await copy('app.sqlite', address(name), '--dry-run')
      expect(code).toBe(0)
      expect(out).toContain('empty; its tables will be made')
      expect((await copy(address(name), 'new.sqlite')).errors).toContain(`There is no database ${name}`)
      expect((await copy('app.sqlite', `${address(name)}?charset=latin1`)).errors).toContain(
        'there is ssl alone',
      )
      const { host, port } = server.options
      for (const url of [
        `mysql://root:s3cr%40t@${host}:${port}/${name}`,
        `mysql://root:s3cr%40t@127.0.0.1:1/${name}`,
      ]) {
        const refused = await copy('app.sqlite', url)
        expect(refused.code).toBe(2)
        expect(refused.errors).toContain('cannot be opened')
        expect(refused.out + refused.errors).not.toMatch(/s3cr/)
      }
    })
  })
}
