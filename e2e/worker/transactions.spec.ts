/** Transactions in a real worker: what is kept, what leaves no trace. */

import type { Page } from '@playwright/test'
import { countRows, expect, openClient, test } from './fixtures.ts'

/** Runs a transaction that creates a page with this slug and then does as it is told; resolves with what came of it. */
function transact(page: Page, slug: string, then: 'commit' | 'throw' | 'wait' | 'close' | 'kill') {
  return page.evaluate(
    async ({ slug, then }) => {
      const { client } = window
      try {
        return await client.transaction(
          async (tx) => {
            await tx.pageConfigs.create({ slug, title: slug, level: 1 })
            if (then === 'throw') throw new RangeError('thrown')
            if (then === 'wait') await new Promise((resolve) => setTimeout(resolve, 400))
            if (then === 'close') await client.close()
            if (then === 'kill') window.workers.at(-1)?.terminate()
            return await tx.pageConfigs.count()
          },
          { idleTimeout: 200 },
        )
      } catch (error) {
        const { name, code, message, retryable } = error as Error & { code?: string; retryable?: boolean }
        return code ? { code, retryable } : { name, message }
      }
    },
    { slug, then },
  )
}

test('a commit keeps, an error and a time limit leave nothing', async ({ openPage }) => {
  const page = await openPage()
  await openClient(page)
  expect(await transact(page, 'kept', 'commit')).toBe(1)
  expect(await transact(page, 'thrown', 'throw')).toEqual({ name: 'RangeError', message: 'thrown' })
  expect(await transact(page, 'late', 'wait')).toEqual({ code: 'TIMEOUT', retryable: true })
  expect(await countRows(page)).toBe(1)
  await page.evaluate(() => window.client.close())
  await openClient(page)
  expect(await countRows(page)).toBe(1)
})

test('a client that closes leaves nothing, and others go on', async ({ openPage }) => {
  const page = await openPage()
  await openClient(page)
  const seen = await page.evaluate(async () => {
    const other = new window.dbal.DBALClient({
      auth: { user: { id: '01890000-0000-7000-8000-000000000002', role: 'god' } },
    })
    await other.ready
    await other.pageConfigs.count()
    const { client } = window
    let waiting: Promise<number> | undefined
    const code = await client
      .transaction(async (tx) => {
        await tx.pageConfigs.create({ slug: 'gone', title: 'Gone', level: 1 })
        waiting = other.pageConfigs.count()
        await client.close()
        await tx.pageConfigs.count()
      })
      .catch((error) => error.code)
    const count = await waiting
    await other.close()
    return { code, count }
  })
  expect(seen).toEqual({ code: 'DATABASE_ERROR', count: 0 })
})

test('a worker that is killed in a transaction leaves nothing; it can be run again', async ({ openPage }) => {
  const page = await openPage()
  expect(await openClient(page)).toMatchObject({ persistence: 'opfs' })
  expect(await transact(page, 'gone', 'kill')).toEqual({ code: 'DATABASE_ERROR', retryable: true })
  expect(await countRows(page)).toBe(0)
  expect(await transact(page, 'again', 'commit')).toBe(1)
})

test('three clients at once have their turns, and none sees half of anything', async ({ openPage }) => {
  const page = await openPage()
  await openClient(page)
  const seen = await page.evaluate(async () => {
    const clients = [1, 2, 3].map(
      (index) =>
        new window.dbal.DBALClient({
          auth: { user: { id: `01890000-0000-7000-8000-00000000000${index}`, role: 'god' } },
        }),
    )
    const counts: number[] = []
    await Promise.all(
      clients.map(async (client, index) => {
        for (let turn = 0; turn < 5; turn++) {
          await client.transaction(async (tx) => {
            for (const half of ['a', 'b'])
              await tx.pageConfigs.create({ slug: `${half}-${index}-${turn}`, title: half, level: 1 })
          })
          counts.push(await client.pageConfigs.count())
        }
        await client.close()
      }),
    )
    return counts
  })
  expect(seen).toHaveLength(15)
  expect(seen.filter((count) => count % 2 !== 0)).toEqual([])
  expect(await countRows(page)).toBe(30)
})
