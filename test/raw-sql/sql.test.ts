/** SQL text: who may send it, where, what it takes and gives, and what the log keeps of it. */

import { afterEach, describe, expect, it } from 'vitest'
import { openNodeSqlite } from '../../src/drivers/node-sqlite.ts'
import type { EngineOptions } from '../../src/engine/engine-options.ts'
import { type PackedRows, unpackRows } from '../../src/protocol/rows.ts'
import { metabuilderSchema } from '../../src/schema/metabuilder/index.ts'
import { openTestEngine, type TestCaller, type TestEngine } from '../support/engine.ts'
import { begin } from '../support/transactions.ts'

const opened: TestEngine[] = []
afterEach(async () => {
  for (const { engine } of opened.splice(0)) await engine.close()
})

async function open(options: Partial<EngineOptions> = {}) {
  const made = await openTestEngine({ sandbox: 'permissive', rawSql: true, ...options })
  opened.push(made)
  return { ...made, supergod: made.as('supergod') }
}

const rows = async (caller: TestCaller, ...params: unknown[]) =>
  unpackRows(((await caller.call('sql', ...params)) as { rows: PackedRows }).rows)

async function lastEntry(caller: TestCaller) {
  const { data } = (await caller.call('audit.list', { limit: 1 })) as { data: PackedRows }
  return unpackRows(data)[0]
}

describe('SQL text', () => {
  it('is off by default, for everybody, and capabilities say so', async () => {
    const { as } = await open({ rawSql: false })
    for (const role of ['public', 'user', 'admin', 'god', 'supergod'] as const) {
      await expect(as(role).call('sql', 'select 1')).rejects.toMatchObject({
        code: 'CAPABILITY_NOT_SUPPORTED',
        details: { capability: 'rawSql' },
      })
    }
    expect(await as('public').call('getCapabilities')).toMatchObject({ rawSql: false })
  })

  it('is for supergod alone, whatever the sandbox', async () => {
    for (const sandbox of ['permissive', 'disabled'] as const) {
      const { as, supergod } = await open({ sandbox })
      for (const role of ['public', 'user', 'admin', 'god'] as const)
        await expect(as(role).call('sql', 'select 1')).rejects.toMatchObject({ code: 'FORBIDDEN' })
      expect(await lastEntry(supergod)).toMatchObject({ operation: 'sql', success: false, role: 'god' })
      expect(await rows(supergod, 'select 1 as one')).toEqual([{ one: 1 }])
      expect(await supergod.call('getCapabilities')).toMatchObject({ rawSql: 'read' })
    }
  })

  it('cannot be had together with strict', async () => {
    for (const sandbox of ['strict', undefined] as const) {
      const driver = openNodeSqlite(':memory:')
      await expect(
        openTestEngine({ driver, rawSql: true, ...(sandbox && { sandbox }) }),
      ).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
        details: { issues: [{ path: 'security.rawSql' }] },
      })
      driver.close()
    }
  })

  it('is off where the driver cannot hold it to anything', async () => {
    const driver = openNodeSqlite(':memory:')
    Object.assign(driver, { capabilities: { ...driver.capabilities, guardedReads: undefined } })
    const { supergod } = await open({ driver })
    await expect(supergod.call('sql', 'select 1')).rejects.toMatchObject({ code: 'CAPABILITY_NOT_SUPPORTED' })
    expect(await supergod.call('getCapabilities')).toMatchObject({ rawSql: false })
  })

  it('binds its values, and never reads them as SQL', async () => {
    const { supergod } = await open()
    const values = ["'; drop table User; --", 1.5, 2n ** 60n, true, null, Uint8Array.of(1, 2)]
    expect(await rows(supergod, 'select ? as a, ? as b, ? as c, ? as d, ? as e, ? as f', values)).toEqual([
      { a: values[0], b: 1.5, c: 2n ** 60n, d: 1, e: null, f: Uint8Array.of(1, 2) },
    ])
    expect(await rows(supergod, "select typeof(?) as a, typeof(?) as b, ' ? ' as c", [1, 'x'])).toEqual([
      { a: 'integer', b: 'text', c: ' ? ' },
    ])
  })

  it.each([
    ['no text', [5], 'sql'],
    ['too long a text', [`select '${'x'.repeat(100_000)}'`], 'sql'],
    ['what is no SQL', ['selec 1'], 'sql'],
    ['a column that is not there', ['select nowhere from User'], 'sql'],
    ['too many values', ['select ?', [1, 2]], 'parameters'],
    ['too few values', ['select ?, ?', [1]], 'parameters'],
    ['no list of values', ['select ?', { 0: 1, length: 1 }], 'parameters'],
    ['an object as a value', ['select ?', [{}]], 'parameters[0]'],
    ['undefined as a value', ['select ?', [undefined]], 'parameters[0]'],
    ['not a number', ['select ?', [Number.NaN]], 'parameters[0]'],
    ['a number beyond 64 bits', ['select ?', [2n ** 63n]], 'parameters[0]'],
    ['too long a value', ['select ?', ['x'.repeat(1_048_577)]], 'parameters[0]'],
    ['too many bytes', ['select ?', [new Uint8Array(1_048_577)]], 'parameters[0]'],
    ['no options', ['select 1', [], 'explain'], 'options'],
    ['unknown options', ['select 1', [], { plan: true }], 'options.plan'],
    ['an option of another type', ['select 1', [], { explain: 'yes' }], 'options.explain'],
    ['a failure of its own making', ["select json_extract('{', '$')"], 'sql'],
    ['a column that would be a prototype', ['select 1 as "__proto__"'], 'sql'],
  ])('refuses %s', async (_, params, path) => {
    const { supergod, incidents } = await open()
    await expect(supergod.call('sql', ...params)).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      details: { issues: [{ path }] },
    })
    expect(incidents).toEqual([])
  })

  it('says what SQLite cannot read in it', async () => {
    const { supergod } = await open()
    await expect(supergod.call('sql', 'select nowhere from User')).rejects.toThrow('no such column: nowhere')
  })

  it('has the limits of every result, and its deadline', async () => {
    const { supergod } = await open({ limits: { maxResultRows: 10, maxResultBytes: 1_000 } })
    const counting = 'with recursive n(x) as (select 1 union all select x + 1 from n limit ?) select x from n'
    expect(await rows(supergod, counting, [10])).toHaveLength(10)
    await expect(supergod.call('sql', counting, [11])).rejects.toThrow('maxResultRows')
    await expect(supergod.call('sql', "select printf('%2000s', 'x')")).rejects.toThrow('maxResultBytes')
    const { supergod: hurried } = await open({ limits: { queryTimeoutMs: 5, maxResultRows: 1e9 } })
    const endless =
      'with recursive n(x) as (select 1 union all select x + 1 from n) select 1 from n where x < 0 or x % 1000 = 0'
    await expect(hurried.call('sql', endless)).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  it('sees what a transaction has written so far, inside of it', async () => {
    const { supergod } = await open()
    const transaction = await begin(supergod)
    await transaction.call('create', 'User', { username: 'ann', email: 'ann@example.com' })
    const { rows: found } = (await transaction.call('sql', 'select username from User')) as {
      rows: PackedRows
    }
    expect(found.values).toEqual(['ann'])
    await transaction.rollback()
    expect(await rows(supergod, 'select username from User')).toEqual([])
  })

  it('knows no password, no session and no token', async () => {
    const { supergod } = await open()
    for (const table of ['Credential', 'Session', '_dbal_tokens', '_dbal_audit'])
      await expect(supergod.call('sql', `select * from ${table}`)).rejects.toMatchObject({
        code: 'FORBIDDEN',
      })
  })

  it('tells its plan and is then not run', async () => {
    const { supergod } = await open({ schema: metabuilderSchema })
    const text = 'select username from User where role = ? union select name from Workflow'
    const { plan } = (await supergod.call('sql', text, ['god'], { explain: true })) as {
      plan: { detail: string; children: unknown[] }[]
    }
    expect(plan).toHaveLength(1)
    expect(JSON.stringify(plan)).toMatch(/"children":\[\{"detail":".*User/)
    await expect(
      supergod.call('sql', 'select * from _dbal_tokens', [], { explain: true }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })
})

describe('the audit log', () => {
  it('has the text without what was a value in it, and how many rows it gave', async () => {
    const { supergod } = await open()
    const text = `select username as "a name", 'hunter2', x'CAFE' /* hunter2 */
      from User -- hunter2
      where email <> 'o''hunter2' and role in (?, ?) or 1 = 0x2A or 2.5e3 > .5`
    await rows(supergod, text, ['hunter2', 'b'])
    const entry = await lastEntry(supergod)
    expect(entry).toMatchObject({
      operation: 'sql',
      role: 'supergod',
      entity: null,
      success: true,
      rowIds: [],
      changes: {
        rows: [null, 0],
        text: [
          null,
          'select username as "a name", ?, ? from User where email <> ? and role in (?, ?) or ? = ? or ? > ?',
        ],
      },
    })
    expect(JSON.stringify(entry)).not.toContain('hunter2')
    await supergod.call('sql', 'select 7', [], { explain: true })
    expect(await lastEntry(supergod)).toMatchObject({
      changes: { text: [null, 'explain query plan select ?'] },
    })
    expect(await supergod.call('audit.verify')).toMatchObject({ ok: true })
  })

  it('shows the text to supergods, and to others that there was one', async () => {
    const { supergod, as } = await open()
    await rows(supergod, 'select username from User')
    const hidden = ['[redacted]', '[redacted]']
    expect(await lastEntry(as('god'))).toMatchObject({
      operation: 'sql',
      changes: { rows: hidden, text: hidden },
    })
    const { lines } = (await as('god').call('audit.export')) as { lines: string[] }
    expect(lines.join()).not.toContain('username from')
    const { lines: whole } = (await supergod.call('audit.export')) as { lines: string[] }
    expect(whole.join()).toContain('select username from User')
  })

  it('keeps the beginning of a long text', async () => {
    const { supergod } = await open()
    await rows(supergod, `select 1 as "${'x'.repeat(20_000)}"`)
    const entry = await lastEntry(supergod)
    expect(JSON.stringify(entry).length).toBeLessThan(11_000)
  })

  it('needs no log to be there', async () => {
    const { supergod } = await open({ auditLog: false })
    expect(await rows(supergod, 'select 1 as a')).toEqual([{ a: 1 }])
  })

  it('has what a text was denied', async () => {
    const { supergod } = await open()
    await supergod.call('sql', 'select * from _dbal_tokens').catch(() => null)
    expect(await lastEntry(supergod)).toMatchObject({ operation: 'sql', success: false, code: 'FORBIDDEN' })
  })

  it('is not kept as the outcome of a call: the rows are of anybody', async () => {
    const { supergod, driver } = await open()
    await rows(supergod, "select 'kept?' as a")
    const connection = driver.acquire() as unknown as {
      execute(statement: object, parameters: unknown[], deadline: number): { values: unknown[] }
    }
    const statement = { sql: 'select count(*) from _dbal_outcomes', columns: ['integer'], once: true }
    expect(connection.execute(statement, [], 0).values).toEqual([0])
  })
})
