/** Plans: of which calls, for whom, and that they are carried out under the rules. */

import { afterEach, describe, expect, it } from 'vitest'
import type { EngineOptions } from '../../src/engine/engine-options.ts'
import type { Explained } from '../../src/protocol/explain.ts'
import { openTestEngine, type TestCaller, type TestEngine } from '../support/engine.ts'

const opened: TestEngine[] = []
afterEach(async () => {
  for (const { engine, incidents } of opened.splice(0)) {
    await engine.close()
    expect(incidents).toEqual([])
  }
})

async function open(options: Partial<EngineOptions> = {}) {
  const made = await openTestEngine({ explain: true, ...options })
  opened.push(made)
  return { ...made, god: made.as('god') }
}

const explain = (caller: TestCaller, method: string, ...params: unknown[]) =>
  caller.call('explain', { method, params }) as Promise<Explained>

const page = (slug: string, level = 1) => ({ slug, title: slug, level, isPublished: true })

describe('explain', () => {
  it('tells how a list is read, statement by statement', async () => {
    const { god } = await open()
    await god.call('createMany', 'PageConfig', [page('a'), page('b')])
    const { statements } = await explain(god, 'list', 'PageConfig', { filter: { slug: 'a' }, count: true })
    expect(statements).toHaveLength(2)
    expect(statements[0]).toEqual({
      plan: [{ detail: expect.stringMatching(/^SEARCH .*INDEX/), children: [] }],
      durationMs: expect.any(Number),
      rows: 1,
    })
    expect(Object.keys(await explain(god, 'list', 'PageConfig'))).toEqual(['statements'])
  })

  it.each([
    ['read', ['PageConfig', '019bc134-7840-7000-8000-000000000000']],
    ['findFirst', ['User', {}]],
    ['count', ['User', {}]],
    ['aggregate', ['User', { groupBy: ['role'], count: true }]],
    ['getBySlug', ['PageConfig', 'a']],
  ])('knows %s', async (method, params) => {
    const { god } = await open()
    await god.call('create', 'PageConfig', page('a'))
    const explained = explain(god, method, ...params)
    if (method === 'read') await expect(explained).rejects.toMatchObject({ code: 'NOT_FOUND' })
    else expect((await explained).statements.length).toBeGreaterThan(0)
  })

  it('tells how the levels of included rows are read', async () => {
    const { god } = await open()
    await god.call('create', 'PageConfig', page('a'))
    const { statements } = await explain(god, 'list', 'PageConfig', { include: { componentNodes: true } })
    expect(statements.length).toBeGreaterThan(1)
  })

  it('is for god and supergod alone, also where no rule is in force', async () => {
    for (const sandbox of ['strict', 'permissive', 'disabled'] as const) {
      const { as } = await open({ sandbox })
      for (const role of ['public', 'user', 'admin'] as const)
        await expect(explain(as(role), 'list', 'PageConfig')).rejects.toMatchObject({ code: 'FORBIDDEN' })
      await explain(as('supergod'), 'list', 'PageConfig')
    }
  })

  it('is not there unless the host says so', async () => {
    const { as } = await open({ explain: false })
    await expect(explain(as('supergod'), 'list', 'PageConfig')).rejects.toMatchObject({
      code: 'CAPABILITY_NOT_SUPPORTED',
      details: { capability: 'explain' },
    })
  })

  it('has the rules of the call', async () => {
    const { god } = await open()
    await expect(explain(god, 'list', 'Session')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(explain(god, 'list', 'Credential')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(explain(god, 'list', 'User', { limit: 1e9 })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    })
  })

  it.each([
    ['create', ['PageConfig', page('x')]],
    ['update', ['PageConfig', 'x', {}]],
    ['deleteMany', ['PageConfig', { slug: 'x' }]],
    ['verify', ['Credential', 'ann', 'pass']],
    ['batch', [[]]],
    ['explain', [{ method: 'list', params: ['User'] }]],
    ['sql', ['select 1']],
    ['live.open', ['User', {}, 1]],
    ['transaction.begin', []],
    ['audit.list', []],
    ['database.export', []],
    ['kysely.execute', [{ tree: '{"kind":"DeleteQueryNode"}', params: [] }]],
    ['kysely.execute', [{ tree: '{"kind":"SelectQueryNode","kind":"DeleteQueryNode"}', params: [] }]],
    ['kysely.execute', [{ shape: 1, params: [] }]],
  ])('carries out no %s', async (method, params) => {
    const { god } = await open()
    await expect(explain(god, method, ...params)).rejects.toMatchObject({
      code: expect.stringMatching(/^(CAPABILITY_NOT_SUPPORTED|VALIDATION_ERROR)$/),
    })
    expect(await god.call('count', 'PageConfig')).toBe(0)
  })

  it.each([null, 5, 'list', [], {}, { method: 'list' }, { method: 'list', params: {}, more: 1 }])(
    'refuses %j',
    async (call) => {
      const { god } = await open()
      await expect(god.call('explain', call)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    },
  )
})
