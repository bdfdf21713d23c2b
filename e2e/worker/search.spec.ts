/** Full-text search in the worker: the index lives in the file, and follows it over deaths and reloads. */

import { expect, test } from './fixtures.ts'

test('the index is there after a reload and a lost worker, and follows every write', async ({ openPage }) => {
  const page = await openPage()
  const first = await page.evaluate(async () => {
    const client = new window.dbal.DBALClient({ auth: { user: { id: crypto.randomUUID(), role: 'god' } } })
    const { persistence } = await client.ready
    const { fullTextSearch } = await client.capabilities()
    await client.users.createMany(
      ['ann_lee', 'ann_ray', 'bob'].map((username) => ({ username, email: `${username}@example.com` })),
    )
    const names = (await client.users.search('ann')).map(({ username }) => username)
    await client.users.create({ username: 'ann_new', email: 'new@example.com' })
    await client.users.deleteMany({ username: 'ann_ray' })
    window.workers.at(-1)?.terminate()
    return { persistence, fullTextSearch, names }
  })
  expect(first).toEqual({ persistence: 'opfs', fullTextSearch: true, names: ['ann_lee', 'ann_ray'] })

  await page.reload()
  await page.waitForFunction(() => window.dbal)
  const second = await page.evaluate(async () => {
    const client = new window.dbal.DBALClient({ auth: { user: { id: crypto.randomUUID(), role: 'god' } } })
    const rows = await client.users.search('ann', {
      select: ['username'],
      snippets: { fields: ['username'] },
    })
    const bob = (await client.users.search('bob')).length
    const { ok } = await client.checkIntegrity()
    await client.close()
    return { rows, bob, ok }
  })
  const marked = (rest: string) => ({
    username: [
      { text: 'ann', hit: true },
      { text: rest, hit: false },
    ],
  })
  expect(second).toEqual({
    rows: [
      // The word is in her address too.
      { username: 'ann_lee', _snippets: marked('_lee') },
      { username: 'ann_new', _snippets: marked('_new') },
    ],
    bob: 1,
    ok: true,
  })
})
