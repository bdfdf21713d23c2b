import { describe, expect, test } from 'vitest'
import type { DBALError } from '../../protocol/error.ts'
import { publicPrincipal } from '../../protocol/principal.ts'
import { unpackRows } from '../../protocol/rows.ts'
import {
  type AuditSetup,
  alice,
  change,
  draft,
  readerAccess,
  rowOf,
  setupAudit,
} from './audit-setup.cases.ts'

const god = readerAccess('god')

/** Entries 1 to 6 that differ in everything that can be asked for. */
function setupLog(): AuditSetup {
  const setup = setupAudit()
  setup.run(
    setup.log.append([
      draft({ at: '2026-01-01T00:00:00.000Z', requestId: 'req-1' }),
      draft({
        at: '2026-01-02T00:00:00.000Z',
        operation: 'update',
        rowIds: [{ a: 1, b: 'x' }],
        requestId: 2,
      }),
      draft({
        at: '2026-01-03T00:00:00.000Z',
        entity: null,
        operation: 'audit.list',
        rowIds: [],
        changes: [],
        requestId: null,
      }),
      draft({
        at: '2026-01-04T00:00:00.000Z',
        principal: publicPrincipal,
        success: false,
        code: 'FORBIDDEN',
        rowIds: [5, '6'],
        changes: [],
      }),
      draft({ at: '2026-01-05T00:00:00.000Z', entity: 'Gone', rowIds: ['x"abc', 2n ** 60n] }),
      draft({
        at: '2026-01-06T00:00:00.000Z',
        principal: { ...alice, role: 'god', username: 'carol', userId: 'c' },
        rowIds: [Uint8Array.of(171)],
      }),
    ]),
  )
  return setup
}

const list = ({ log, run }: AuditSetup, options?: unknown, access = god) => run(log.list(options, access))
const seqs = (setup: AuditSetup, options?: unknown) =>
  unpackRows(list(setup, options).data).map(({ seq }) => seq)

describe('a list', () => {
  test('has the newest entries first, with everything but the salt', () => {
    const page = list(setupLog(), { limit: 1 })
    const [entry] = unpackRows(page.data)
    expect(entry).toMatchObject({
      seq: 6,
      role: 'god',
      success: true,
      rowIds: ['ab'],
      changes: { title: [null, 'First'] },
    })
    expect(Object.keys(entry as object)).toEqual([
      'seq',
      'at',
      'userId',
      'username',
      'role',
      'sessionId',
      'guest',
      'entity',
      'operation',
      'rowIds',
      'rowCount',
      'rowsDigest',
      'success',
      'code',
      'durationMs',
      'changes',
      'requestId',
      'prevHash',
      'hash',
    ])
    expect(page).toMatchObject({ limit: 1, hasMore: true, nextCursor: 'd6' })
    expect(page).not.toHaveProperty('total')
  })

  test('of an empty log is empty', () => {
    expect(list(setupAudit())).toMatchObject({ data: { values: [] }, limit: 20, hasMore: false })
  })

  test.each([
    [{ entity: 'Note' }, [6, 4, 2, 1]],
    [{ entity: null }, [3]],
    [{ operation: 'update' }, [2]],
    [{ userId: 'c' }, [6]],
    [{ userId: null }, [4]],
    [{ username: 'carol' }, [6]],
    [{ role: 'public' }, [4]],
    [{ success: false }, [4]],
    [{ success: true, username: 'alice' }, [5, 3, 2, 1]],
    [{ code: 'FORBIDDEN' }, [4]],
    [{ code: null }, [6, 5, 3, 2, 1]],
    [{ requestId: 'req-1' }, [1]],
    [{ requestId: 2 }, [2]],
    [{ requestId: '2' }, []],
    [{ requestId: null }, [3]],
    [{ from: '2026-01-03' }, [6, 5, 4, 3]],
    [{ to: '2026-01-03T00:00:00Z' }, [2, 1]],
    [{ from: '2026-01-02', to: '2026-01-04' }, [3, 2]],
    [{ rowId: '01890000-0000-7000-8000-0000000000aa' }, [3, 1].filter((seq) => seq === 1)],
    [{ rowId: 5 }, [4]],
    [{ rowId: '5' }, []],
    [{ rowId: '6' }, [4]],
    [{ rowId: 'abc' }, []],
    [{ rowId: 'x"abc' }, [5]],
    [{ rowId: 2n ** 60n }, [5]],
    [{ rowId: Uint8Array.of(171) }, [6]],
    [{ rowId: { b: 'x', a: 1 } }, [2]],
    [{ rowId: { b: 'x', a: 2 } }, []],
    [{ entity: "Note' OR 1=1 --" }, []],
    [{ entity: undefined }, [6, 5, 4, 3, 2, 1]],
  ])('filtered by %o', (filter, expected) => {
    expect(seqs(setupLog(), { filter })).toEqual(expected)
  })

  test('goes on from a cursor in both directions, without repeating or leaving out an entry', () => {
    const setup = setupLog()
    for (const seq of ['asc', 'desc'] as const) {
      const seen: unknown[] = []
      let cursor: string | undefined
      do {
        const page = list(setup, { sort: { seq }, limit: 4, ...(cursor && { cursor }) })
        seen.push(...unpackRows(page.data).map((entry) => entry.seq))
        // What is written meanwhile does not disturb a list of the newest.
        if (seq === 'desc') setup.run(setup.log.append([draft()]))
        cursor = page.nextCursor
      } while (cursor)
      expect(seen).toEqual(seq === 'asc' ? [1, 2, 3, 4, 5, 6] : [6, 5, 4, 3, 2, 1])
    }
  })

  test('goes by pages, with the number of all entries', () => {
    const setup = setupLog()
    expect(list(setup, { page: 2, limit: 4 })).toMatchObject({ page: 2, limit: 4, total: 6, hasMore: false })
    expect(seqs(setup, { page: 2, limit: 4 })).toEqual([2, 1])
    expect(seqs(setup, { page: 3, limit: 4 })).toEqual([])
    expect(list(setup, { filter: { entity: 'Note' }, count: true, limit: 1 }).total).toBe(4)
    expect(list(setup, { count: false })).not.toHaveProperty('total')
  })
})

describe('a bad option', () => {
  test.each([
    [7, ''],
    [{ filters: {} }, 'filters'],
    [{ filter: 7 }, 'filter'],
    [{ filter: { entty: 'Note' } }, 'filter.entty'],
    [{ filter: { entity: 7 } }, 'filter.entity'],
    [{ filter: { operation: null } }, 'filter.operation'],
    [{ filter: { role: 'root' } }, 'filter.role'],
    [{ filter: { role: 7 } }, 'filter.role'],
    [{ filter: { success: 1 } }, 'filter.success'],
    [{ filter: { code: 'TEAPOT' } }, 'filter.code'],
    [{ filter: { from: 'yesterday' } }, 'filter.from'],
    [{ filter: { rowId: null } }, 'filter.rowId'],
    [{ filter: { rowId: Number.NaN } }, 'filter.rowId'],
    [{ filter: { requestId: 1.5 } }, 'filter.requestId'],
    [{ filter: JSON.parse('{"__proto__":{"entity":"Note"}}') }, 'filter.__proto__'],
    [{ sort: { at: 'asc' } }, 'sort.at'],
    [{ sort: 'desc' }, 'sort'],
    [{ sort: { seq: 'up' } }, 'sort.seq'],
    [{ limit: 0 }, 'limit'],
    [{ limit: 101 }, 'limit'],
    [{ limit: '20' }, 'limit'],
    [{ page: 0 }, 'page'],
    [{ cursor: 'a5' }, 'cursor'],
    [{ cursor: 'd0' }, 'cursor'],
    [{ cursor: 5 }, 'cursor'],
    [{ cursor: 'd5', page: 1 }, 'cursor'],
    [{ count: 1 }, 'count'],
  ])('%j is refused at %j', (options, path) => {
    const setup = setupAudit()
    expect(() => list(setup, options)).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_ERROR',
        details: { issues: expect.arrayContaining([expect.objectContaining({ path })]) },
      } satisfies Partial<DBALError>),
    )
  })

  test('is named together with all the others', () => {
    const setup = setupAudit()
    expect(() => list(setup, { limit: 0, filter: { success: 1 }, x: 1 })).toThrow(/and 2 more/)
  })
})

describe('images', () => {
  const images = (role: Parameters<typeof readerAccess>[0], entity = 'Note') => {
    const setup = setupAudit()
    setup.run(
      setup.log.append([
        draft({
          entity,
          changes: [change(rowOf({ salary: 1 }), rowOf({ salary: 2, title: 'Second', secret: 's' }))],
        }),
      ]),
    )
    return unpackRows(list(setup, undefined, readerAccess(role)).data)[0]?.changes
  }
  const unseen = ['[redacted]', '[redacted]']

  test('show a reader the fields that the reader may read', () => {
    expect(images('god')).toEqual({ salary: [1, 2], title: ['First', 'Second'], secret: unseen })
    expect(images('admin')).toEqual({ salary: unseen, title: ['First', 'Second'], secret: unseen })
  })

  test('show nothing to a reader whom a rule keeps from some rows, or who may read none', () => {
    const nothing = { salary: unseen, title: unseen, secret: unseen }
    expect(images('user')).toEqual(nothing)
    expect(images('public')).toEqual(nothing)
  })

  test('show nothing of an entity that the schema no longer has', () => {
    expect(images('god', 'Gone')).toEqual({ salary: unseen, title: unseen, secret: unseen })
  })

  test('show SQL text to those who see entries without an entity whole, and to nobody else', () => {
    const setup = setupAudit()
    setup.run(
      setup.log.append([
        draft({ entity: null, operation: 'sql', changes: [], text: { rows: 2, text: 'select ?' } }),
      ]),
    )
    const seen = (role: Parameters<typeof readerAccess>[0]) =>
      unpackRows(list(setup, undefined, readerAccess(role)).data)[0]?.changes
    expect(seen('supergod')).toEqual({ rows: [null, 2], text: [null, 'select ?'] })
    expect(seen('god')).toEqual({ rows: unseen, text: unseen })
  })

  test('show nothing of a field that the schema no longer has', () => {
    const setup = setupAudit()
    setup.query('DROP TRIGGER _dbal_audit_no_update')
    setup.run(setup.log.append([draft()]))
    setup.query(`UPDATE _dbal_audit SET changes = '{"gone":[null,1]}'`)
    expect(unpackRows(list(setup).data)[0]?.changes).toEqual({ gone: unseen })
  })
})
