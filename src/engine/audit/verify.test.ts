import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import { DriverError } from '../../drivers/driver.ts'
import type { DBALError } from '../../protocol/error.ts'
import { type AuditSetup, change, draft, rowOf, setupAudit } from './audit-setup.cases.ts'
import { entryColumns, genesisHash, hashEntry, type StoredEntry } from './entry.ts'
import { merkleRoot } from './merkle.ts'

/** Five entries in which every column has a value; the guards of the table are gone. */
function setupTampered(setup = setupAudit()): AuditSetup {
  const ids = Array.from({ length: 1_001 }, (_, index) => index)
  setup.run(
    setup.log.append(
      [1, 2, 3, 4, 5].map((number) =>
        draft({
          at: `2026-01-15T10:30:00.00${number}Z`,
          guest: 'guest',
          code: 'FORBIDDEN',
          rowIds: ids,
          requestId: number === 4 ? 'req-4' : number,
          durationMs: 0.5 + number,
          changes: [change(rowOf({ salary: number }), rowOf({ salary: number, title: `Title ${number}` }))],
        }),
      ),
    ),
  )
  for (const trigger of ['update', 'delete', 'replace']) setup.query(`DROP TRIGGER _dbal_audit_no_${trigger}`)
  return setup
}

const verify = ({ log, run }: AuditSetup, options?: unknown) => run(log.verify(options))

/** Recomputes hash and link of every entry from `seq` on, as somebody would who may write the file. */
function rewriteFrom({ query }: AuditSetup, seq: number): void {
  const width = entryColumns.length
  const values = query(
    `SELECT ${entryColumns.join(', ')} FROM _dbal_audit ORDER BY seq`,
    entryColumns.map((name) => (name === 'success' ? 'boolean' : 'any')),
  )
  let last = genesisHash
  for (let at = 0; at < values.length; at += width) {
    const { hash, ...rest } = Object.fromEntries(
      entryColumns.map((name, index) => [name, values[at + index]]),
    )
    const entry = { ...rest, prevHash: last } as unknown as StoredEntry
    last = entry.seq < seq ? String(hash) : hashEntry(entry)
    query(
      'UPDATE _dbal_audit SET prevHash = ?, hash = ? WHERE seq = ?',
      [],
      [entry.prevHash, last, entry.seq],
    )
  }
}

describe('a log that nobody touched', () => {
  test('holds, with the head that it has', () => {
    const setup = setupTampered()
    const head = setup.run(setup.log.head())
    expect(verify(setup)).toEqual({ ok: true, entries: 5, head })
    const hashes = setup.query('SELECT hash FROM _dbal_audit ORDER BY seq', ['text']) as string[]
    expect(head).toEqual({ seq: 5, hash: hashes[4], root: bytesToHex(merkleRoot(hashes.map(hexToBytes))) })
  })

  test('holds over many chunks', () => {
    const setup = setupAudit()
    setup.run(setup.log.append(Array.from({ length: 1_000 }, () => draft())))
    setup.run(setup.log.append(Array.from({ length: 1_700 }, () => draft())))
    expect(verify(setup)).toEqual({ ok: true, entries: 2_700, head: setup.run(setup.log.head()) })
  })

  test('holds with the replacement character in it', () => {
    const setup = setupAudit()
    setup.run(setup.log.append([draft({ entity: 'a\ufffdb', changes: [] })]))
    expect(verify(setup).ok).toBe(true)
  })

  test('begins with every earlier head', () => {
    const setup = setupAudit()
    const heads = [setup.run(setup.log.head())]
    for (let count = 1; count <= 5; count++) {
      setup.run(setup.log.append([draft()]))
      heads.push(setup.run(setup.log.head()))
    }
    for (const head of heads) {
      expect(verify(setup, { head })).toMatchObject({ ok: true, entries: 5 })
      expect(verify(setup, { head: { seq: head.seq, hash: head.hash } }).ok).toBe(true)
    }
  })
})

describe('one changed byte', () => {
  /** The last byte of the stored text, one bit of it. */
  const flipText = (column: string) =>
    `UPDATE _dbal_audit SET "${column}" = CAST(substr(CAST("${column}" AS BLOB), 1, octet_length("${column}") - 1) || CAST(char(unicode(substr("${column}", -1)) ^ 1) AS BLOB) AS TEXT) WHERE seq = 3`.replace(
      /unicode\((.*?)\) \^ 1/,
      '((unicode($1) | 1) - (unicode($1) & 1))',
    )
  const changesOf: { readonly [column in (typeof entryColumns)[number]]: string } = {
    seq: 'UPDATE _dbal_audit SET seq = 99 WHERE seq = 3',
    at: flipText('at'),
    userId: flipText('userId'),
    username: flipText('username'),
    role: flipText('role'),
    sessionId: flipText('sessionId'),
    guest: flipText('guest'),
    entity: flipText('entity'),
    operation: flipText('operation'),
    rowIds: flipText('rowIds'),
    rowCount: 'UPDATE _dbal_audit SET rowCount = rowCount + 1 WHERE seq = 3',
    rowsDigest: flipText('rowsDigest'),
    success: 'UPDATE _dbal_audit SET success = 0 WHERE seq = 3',
    code: flipText('code'),
    durationMs: 'UPDATE _dbal_audit SET durationMs = durationMs + 1e-9 WHERE seq = 3',
    changes: flipText('changes'),
    requestId: 'UPDATE _dbal_audit SET requestId = 7 WHERE seq = 3',
    salt: flipText('salt'),
    prevHash: flipText('prevHash'),
    hash: flipText('hash'),
  }

  test.each(Object.entries(changesOf))('in the column %s is found, and the entry named', (_, sql) => {
    const setup = setupTampered()
    const before = setup.query(
      'SELECT * FROM _dbal_audit',
      entryColumns.map(() => 'any' as const),
    )
    setup.query(sql)
    expect(
      setup.query(
        'SELECT * FROM _dbal_audit',
        entryColumns.map(() => 'any' as const),
      ),
    ).not.toEqual(before)
    expect(verify(setup)).toMatchObject({ ok: false, entries: 2, head: { seq: 2 }, firstBad: { seq: 3 } })
  })

  test('anywhere in the file where the entry is stored is found', () => {
    const file = setupTampered().bytes()
    const text = Buffer.from(file).toString('latin1')
    // A row begins shortly before its instant, which is its first text, and ends with its hash.
    const start = text.indexOf('2026-01-15T10:30:00.003Z') - 40
    const end = text.indexOf('2026-01-15T10:30:00.002Z')
    expect(start).toBeGreaterThan(0)
    expect(end).toBeGreaterThan(start)
    let checked = 0
    // Of the long lists of ids only every 97th byte is tried.
    for (let at = start; at < end; at += at < start + 300 || at > end - 600 ? 1 : 97) {
      const changed = file.slice()
      changed[at] = (changed[at] as number) ^ (1 << (at % 8))
      checked++
      let outcome: { ok: boolean } | DriverError
      try {
        outcome = verify(setupAudit(changed))
      } catch (error) {
        // SQLite itself found the file damaged.
        outcome = error as DriverError
      }
      if (outcome instanceof DriverError) expect(outcome.kind).toBe('corrupt')
      else expect({ at, ok: outcome.ok }).toEqual({ at, ok: false })
    }
    expect(checked).toBeGreaterThan(500)
  })

  test.each([
    ['F0 BF BD for EF BF BD', '61f0bfbd62'],
    ['a sequence that breaks off', '61e28262'],
  ])('that leaves the decoded text as it was is found: %s', (_, bytes) => {
    const setup = setupAudit()
    setup.run(setup.log.append([draft(), draft({ entity: 'a\ufffdb', changes: [] })]))
    setup.query('DROP TRIGGER _dbal_audit_no_update')
    setup.query(`UPDATE _dbal_audit SET entity = CAST(x'${bytes}' AS TEXT) WHERE seq = 2`)
    expect(setup.query('SELECT entity FROM _dbal_audit WHERE seq = 2', ['text'])).toEqual(['a\ufffdb'])
    expect(verify(setup)).toMatchObject({
      ok: false,
      firstBad: { seq: 2, reason: 'has other bytes than its text' },
    })
  })
})

describe('values that no entry holds', () => {
  test.each([
    ["requestId = x'01'", 'bytes for a request'],
    ['durationMs = 9e999', 'a duration without end'],
    ['success = 2', 'a truth beyond 1'],
    ['changes = \' {"title":["First","Second"]}\'', 'json with a blank'],
    ["changes = '{'", 'broken json'],
    ["rowIds = 'null '", 'ids with a blank'],
    ["hash = 'x'", 'a hash that is none'],
  ])('%s', (assignment) => {
    const setup = setupTampered()
    setup.query(`UPDATE _dbal_audit SET ${assignment} WHERE seq = 3`)
    expect(verify(setup)).toMatchObject({ ok: false, entries: 2, firstBad: { seq: 3 } })
  })

  test.each([
    ["rowIds = '[1, 2]'", 'ids'],
    ['changes = \'{"b":[1,2],"a":[1,2]}\'', 'changes'],
  ])('are found in json that is not canonical, also when all hashes were made anew: %s', (assignment) => {
    const setup = setupTampered()
    setup.query(`UPDATE _dbal_audit SET ${assignment} WHERE seq = 3`)
    rewriteFrom(setup, 3)
    expect(verify(setup)).toMatchObject({ firstBad: { seq: 3, reason: 'holds a value that no entry holds' } })
  })

  test('are found although the table lost its types', () => {
    const setup = setupTampered()
    setup.query('CREATE TABLE loose AS SELECT * FROM _dbal_audit')
    setup.query('DROP TABLE _dbal_audit')
    setup.query('ALTER TABLE loose RENAME TO _dbal_audit')
    expect(verify(setup).ok).toBe(true)
    for (const column of ['role', 'username', 'rowCount', 'durationMs']) {
      setup.query('SAVEPOINT one')
      setup.query(`UPDATE _dbal_audit SET "${column}" = CAST("${column}" AS BLOB) WHERE seq = 3`)
      expect(verify(setup)).toMatchObject({
        firstBad: { seq: 3, reason: 'holds a value that no entry holds' },
      })
      setup.query('ROLLBACK TO one')
    }
  })
})

describe('rows', () => {
  test.each([
    ['removed from the middle', 'DELETE FROM _dbal_audit WHERE seq = 3', 3, 'is missing'],
    ['removed from the start', 'DELETE FROM _dbal_audit WHERE seq = 1', 1, 'is missing'],
    [
      'put into another order',
      'UPDATE _dbal_audit SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE seq IN (2, 3); UPDATE _dbal_audit SET seq = -seq WHERE seq < 0',
      2,
      'does not continue the entry before it',
    ],
    [
      'put before the first',
      `INSERT INTO _dbal_audit SELECT -5, ${entryColumns.slice(1).join(', ')} FROM _dbal_audit WHERE seq = 1`,
      -5,
      'stands before the first entry',
    ],
    [
      'put after the last',
      `INSERT INTO _dbal_audit SELECT 6, ${entryColumns.slice(1).join(', ')} FROM _dbal_audit WHERE seq = 1`,
      6,
      'does not continue the entry before it',
    ],
    [
      'moved beyond all numbers',
      'UPDATE _dbal_audit SET seq = 9223372036854775807 WHERE seq = 4',
      4,
      'is missing',
    ],
  ])('%s are found', (_, sql, seq, reason) => {
    const setup = setupTampered()
    for (const statement of sql.split('; ')) setup.query(statement)
    expect(verify(setup)).toMatchObject({ ok: false, firstBad: { seq, reason } })
  })

  test('put between others with a hash of their own break what follows', () => {
    const setup = setupTampered()
    setup.query('UPDATE _dbal_audit SET seq = seq + 100 WHERE seq > 2')
    setup.query('UPDATE _dbal_audit SET seq = seq - 99 WHERE seq > 2')
    setup.query(
      `INSERT INTO _dbal_audit SELECT 3, ${entryColumns.slice(1).join(', ')} FROM _dbal_audit WHERE seq = 1`,
    )
    expect(verify(setup)).toMatchObject({ ok: false, entries: 2, firstBad: { seq: 3 } })
  })
})

describe('an earlier head', () => {
  test('tells of entries that were cut off', () => {
    const setup = setupTampered()
    const head = setup.run(setup.log.head())
    setup.query('DELETE FROM _dbal_audit WHERE seq > 3')
    expect(verify(setup).ok).toBe(true)
    expect(verify(setup, { head })).toMatchObject({
      ok: false,
      entries: 3,
      firstBad: { seq: 4, reason: 'is missing: the given head counts 5 entries' },
    })
  })

  test('tells of a log that was rewritten from one entry on', () => {
    const setup = setupTampered()
    const head = setup.run(setup.log.head())
    setup.query("UPDATE _dbal_audit SET username = 'mallory' WHERE seq = 3")
    expect(verify(setup).firstBad?.seq).toBe(3)
    rewriteFrom(setup, 3)
    expect(verify(setup).ok).toBe(true)
    expect(verify(setup, { head })).toMatchObject({
      ok: false,
      firstBad: { seq: 5, reason: 'is not the entry that the given head ends with' },
    })
  })

  test('is compared in its root too', () => {
    const setup = setupTampered()
    const head = setup.run(setup.log.head())
    expect(verify(setup, { head: { ...head, root: genesisHash } })).toMatchObject({
      ok: false,
      firstBad: { seq: 5 },
    })
  })

  test('of an empty log has to be that', () => {
    const setup = setupTampered()
    const hash = setup.run(setup.log.head()).hash
    expect(verify(setup, { head: { seq: 0, hash } })).toMatchObject({
      ok: false,
      entries: 0,
      firstBad: { seq: 0 },
    })
  })

  test.each([
    [7],
    [{ heads: {} }],
    [{ head: 7 }],
    [{ head: { hash: genesisHash } }],
    [{ head: { seq: -1, hash: genesisHash } }],
    [{ head: { seq: 1, hash: 'x' } }],
    [{ head: { seq: 1, hash: 5 } }],
    [{ head: { seq: 1, hash: genesisHash, root: 'x' } }],
    [{ head: { seq: 1, hash: genesisHash, root: 5 } }],
  ])('%j is refused', (options) => {
    const setup = setupAudit()
    expect(() => verify(setup, options)).toThrow(
      expect.objectContaining({ code: 'VALIDATION_ERROR' } satisfies Partial<DBALError>),
    )
  })

  test('may be left out', () => {
    const setup = setupAudit()
    for (const options of [undefined, null, {}, { head: null }]) expect(verify(setup, options).ok).toBe(true)
  })
})
