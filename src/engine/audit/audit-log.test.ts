import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { DriverError } from '../../drivers/driver.ts'
import { systemPrincipal } from '../../protocol/principal.ts'
import { sqliteDialect } from '../dialect.ts'
import { AuditLog } from './audit-log.ts'
import { alice, at, change, draft, rowOf, setupAudit } from './audit-setup.cases.ts'
import { canonicalJson, sha256Hex } from './canonical-json.ts'
import { genesisHash, maxStoredIds } from './entry.ts'

describe('append', () => {
  test('writes what happened, who did it, and the images of the changed fields', () => {
    const { log, run, query } = setupAudit()
    run(
      log.append([
        draft({
          operation: 'update',
          changes: [change(rowOf(), rowOf({ title: 'Second', tags: ['b', { z: 1, a: 2 }], done: true }))],
          guest: 'frame-1',
        }),
      ]),
    )
    const columns =
      'seq, at, userId, username, role, sessionId, guest, entity, operation, rowIds, rowCount, rowsDigest, success, code, durationMs, changes, requestId, prevHash'
    expect(query(`SELECT ${columns} FROM _dbal_audit`, Array(18).fill('any'))).toEqual([
      1,
      at,
      alice.userId,
      'alice',
      'admin',
      'session-1',
      'frame-1',
      'Note',
      'update',
      '["01890000-0000-7000-8000-0000000000aa"]',
      1,
      null,
      1,
      null,
      1.5,
      '{"done":[false,true],"tags":[[],["b",{"a":2,"z":1}]],"title":["First","Second"]}',
      1,
      genesisHash,
    ])
  })

  test('keeps of a created row what is not null, and of a deleted one what it was', () => {
    const { log, run, query } = setupAudit()
    run(
      log.append([
        draft({ changes: [change(null, rowOf({ big: 2n ** 60n, blob: Uint8Array.of(1, 171) }))] }),
      ]),
    )
    run(log.append([draft({ changes: [change(rowOf({ salary: Number.POSITIVE_INFINITY }), null)] })]))
    const [created, deleted] = query('SELECT changes FROM _dbal_audit ORDER BY seq', ['json'])
    expect(created).toEqual({
      id: [null, '01890000-0000-7000-8000-0000000000aa'],
      title: [null, 'First'],
      big: [null, '1152921504606846976'],
      blob: [null, '01ab'],
      tags: [null, []],
      done: [null, false],
    })
    expect(deleted).toMatchObject({ salary: ['Infinity', null], title: ['First', null] })
  })

  test('never takes in a hidden value, its absence, or a hash of it', () => {
    const { log, run, bytes, query } = setupAudit()
    run(
      log.append([
        draft({ changes: [change(null, rowOf({ secret: 'hunter2!' }))] }),
        draft({ changes: [change(rowOf({ secret: 'hunter2!' }), rowOf({ secret: null }))] }),
      ]),
    )
    expect(query('SELECT changes FROM _dbal_audit ORDER BY seq', ['json'])).toMatchObject([
      { secret: ['[redacted]', '[redacted]'] },
      { secret: ['[redacted]', '[redacted]'] },
    ])
    const file = Buffer.from(bytes()).toString('latin1')
    expect(file).not.toContain('hunter2!')
    expect(file).not.toContain(sha256Hex('hunter2!'))
  })

  test('has no images for a call that changed nothing or many rows', () => {
    const { log, run, query } = setupAudit()
    const both = [change(null, rowOf()), change(null, rowOf())]
    run(
      log.append([
        draft({
          principal: systemPrincipal,
          entity: null,
          rowIds: [],
          success: false,
          code: 'FORBIDDEN',
          changes: [],
        }),
        draft({ changes: both }),
        draft({ changes: both.slice(1), bulk: true, requestId: null }),
      ]),
    )
    expect(
      query('SELECT changes, success, code, entity FROM _dbal_audit ORDER BY seq', Array(4).fill('any')),
    ).toEqual([null, 0, 'FORBIDDEN', null, null, 1, null, 'Note', null, 1, null, 'Note'])
    expect(run(log.verify(undefined)).ok).toBe(true)
  })

  test('records an update without a change as an empty set of changes', () => {
    const { log, run, query } = setupAudit()
    run(log.append([draft({ changes: [change(rowOf(), rowOf())] })]))
    expect(query('SELECT changes FROM _dbal_audit', ['text'])).toEqual(['{}'])
  })

  test('keeps the first ids of a bulk write and a digest over all of them', () => {
    const { log, run, query } = setupAudit()
    const ids = Array.from({ length: maxStoredIds + 500 }, (_, index) => `id-${index}`)
    run(
      log.append([
        draft({ rowIds: ids, bulk: true }),
        draft({ rowIds: ids.slice(0, maxStoredIds), bulk: true }),
      ]),
    )
    const [stored, count, digest, , , none] = query(
      'SELECT rowIds, rowCount, rowsDigest FROM _dbal_audit ORDER BY seq',
      ['json', 'integer', 'text'],
    )
    expect(stored).toEqual(ids.slice(0, maxStoredIds))
    expect(count).toBe(ids.length)
    expect(digest).toBe(sha256Hex(ids.map((id) => `${JSON.stringify(id)}\n`).join('')))
    expect(none).toBeNull()
    expect(run(log.verify(undefined)).ok).toBe(true)
  })

  test('takes ids of every kind', () => {
    const { log, run, query } = setupAudit()
    run(log.append([draft({ rowIds: [7, 8n, Uint8Array.of(255), { b: 'x', a: 1 }, { a: 2, b: null }] })]))
    expect(query('SELECT rowIds FROM _dbal_audit', ['text'])).toEqual([
      '[7,"8","ff",{"a":1,"b":"x"},{"a":2,"b":null}]',
    ])
    expect(run(log.verify(undefined)).ok).toBe(true)
  })

  test('takes text that a database would not give back as it was', () => {
    const { log, run } = setupAudit()
    run(
      log.append([
        draft({
          principal: { ...alice, username: 'a\0b\ud800' },
          entity: '\udfff',
          requestId: 'req\0',
          changes: [change(null, rowOf({ title: '\ud800', tags: { '\udc00': ['\0'] } }))],
        }),
      ]),
    )
    expect(run(log.verify(undefined))).toMatchObject({ ok: true, entries: 1 })
  })

  test('binds each entry to the one before by a hash over its canonical text', () => {
    const { log, run } = setupAudit()
    run(log.append([draft(), draft({ operation: 'delete' })]))
    run(log.append([draft({ requestId: 'req_3' })]))
    const { lines } = run(log.exportLines(undefined, () => undefined))
    const god = run(log.list({ sort: { seq: 'asc' } }, () => undefined))
    expect(god.data.values.length / god.data.fields.length).toBe(3)
    expect(lines).toHaveLength(3)
    let last = genesisHash
    for (const line of lines) {
      const { prevHash, hash } = JSON.parse(line) as { prevHash: string; hash: string }
      expect(prevHash).toBe(last)
      last = hash
    }
    expect(run(log.head())).toMatchObject({ seq: 3, hash: last })
  })

  test('hashes exactly the canonical JSON of the entry', () => {
    const { log, run, query } = setupAudit()
    run(log.append([draft()]))
    const names = query("SELECT name FROM pragma_table_info('_dbal_audit')", ['text']) as string[]
    const types = names.map(
      (name) =>
        (name === 'rowIds' || name === 'changes' ? 'json' : name === 'success' ? 'boolean' : 'any') as 'any',
    )
    const values = query('SELECT * FROM _dbal_audit', types)
    const { hash, ...entry } = Object.fromEntries(names.map((name, index) => [name, values[index]]))
    expect(hash).toBe(sha256Hex(canonicalJson(entry)))
  })

  test('gives no two entries the same salt', () => {
    const { log, run, query } = setupAudit()
    run(log.append(Array.from({ length: 300 }, () => draft())))
    const salts = query('SELECT salt FROM _dbal_audit', ['text'])
    // The fixture's random bytes come round every 16 entries; each draw is one of its own all the same.
    expect(new Set(salts).size).toBe(16)
    expect(salts[0]).toBe('000102030405060708090a0b0c0d0e0f')
    expect(salts[1]).toBe('101112131415161718191a1b1c1d1e1f')
  })
})

describe('the end of the log', () => {
  test('is read again after a rollback that the log was told of', () => {
    const { log, run, query } = setupAudit()
    run(log.append([draft()]))
    query('BEGIN')
    run(log.append([draft(), draft()]))
    query('ROLLBACK')
    log.reset()
    run(log.append([draft()]))
    expect(run(log.verify(undefined))).toMatchObject({ ok: true, entries: 2 })
  })

  test('is read again when another process has written since', () => {
    const { log, run, query } = setupAudit()
    const other = new AuditLog(sqliteDialect, { bytes: (count) => new Uint8Array(count) })
    run(log.append([draft()]))
    run(other.append([draft(), draft()]))
    run(log.append([draft(), draft()]))
    run(other.append([draft()]))
    expect(run(log.verify(undefined))).toMatchObject({ ok: true, entries: 6 })
    expect(query('SELECT count(*) FROM _dbal_audit', ['integer'])).toEqual([6])
  })

  test("takes a platform's own SHA-256, whatever the text", () => {
    const { log, run } = setupAudit()
    const other = new AuditLog(sqliteDialect, { bytes: (count) => new Uint8Array(count) }, (text) =>
      hash('sha256', text),
    )
    for (const operation of ['ü', '\u{1f600}', '\ud800 alone', 'x'.repeat(10_000)]) {
      run(other.append([draft({ operation })]))
      run(log.append([draft({ operation })]))
    }
    expect(run(log.verify(undefined))).toMatchObject({ ok: true, entries: 8 })
  })

  test('that cannot be read is told', () => {
    const { log, run, query } = setupAudit()
    run(log.append([draft()]))
    query('DROP TABLE _dbal_audit')
    expect(() => run(log.append([draft()]))).toThrow(DriverError)
  })

  test('is not remembered when an insert fails', () => {
    const { log, run, query } = setupAudit()
    run(log.append([draft()]))
    query(
      "CREATE TRIGGER fail BEFORE INSERT ON _dbal_audit WHEN NEW.operation = 'fail' BEGIN SELECT RAISE(ABORT, 'no'); END",
    )
    for (const [end, entries] of [
      ['ROLLBACK', 2],
      ['COMMIT', 4],
    ] as const) {
      query('BEGIN')
      expect(() => run(log.append([draft(), draft({ operation: 'fail' })]))).toThrow(DriverError)
      query(end)
      run(log.append([draft()]))
      expect(run(log.verify(undefined))).toMatchObject({ ok: true, entries })
    }
  })
})

describe('the table', () => {
  test('refuses to change, remove or replace an entry', () => {
    const { log, run, query } = setupAudit()
    run(log.append([draft(), draft()]))
    expect(() => query("UPDATE _dbal_audit SET operation = 'read' WHERE seq = 1")).toThrow(DriverError)
    expect(() => query('DELETE FROM _dbal_audit WHERE seq = 2')).toThrow(DriverError)
    expect(() => query('DELETE FROM _dbal_audit')).toThrow(DriverError)
    expect(() => query('INSERT OR REPLACE INTO _dbal_audit SELECT * FROM _dbal_audit WHERE seq = 1')).toThrow(
      DriverError,
    )
    expect(run(log.verify(undefined))).toMatchObject({ ok: true, entries: 2 })
  })
})

test('the head of an empty log is the genesis hash and the root of no leaves', () => {
  const { log, run } = setupAudit()
  expect(run(log.head())).toEqual({
    seq: 0,
    hash: genesisHash,
    root: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  })
  expect(run(log.verify({ head: run(log.head()) }))).toMatchObject({ ok: true, entries: 0 })
})
