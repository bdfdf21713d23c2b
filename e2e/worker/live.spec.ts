/** Live rows where they are meant to be: in pages, over a worker that can die, with the clock of a browser. */

import { expect, openClient, test } from './fixtures.ts'

test('clients hear of each other’s writes, each under its own rules', async ({ openPage }) => {
  const page = await openPage()
  await openClient(page)
  const heard = await page.evaluate(async () => {
    const visitor = new window.dbal.DBALClient()
    await visitor.ready
    const slugs: string[] = []
    const same: boolean[] = []
    let last: readonly unknown[] = []
    visitor.pageConfigs.live({ sort: { slug: 'asc' } }, (rows) => {
      slugs.push(rows.map(({ slug }) => slug).join(' '))
      same.push(last.some((row) => rows.includes(row as never)))
      last = rows
    })
    await visitor.pageConfigs.count()
    const { id } = await window.client.pageConfigs.create({ slug: 'b', title: 'B', level: 1 })
    await window.client.pageConfigs.create({ slug: 'secret', title: 'Secret', level: 5 })
    await window.client.batch([
      window.client.pageConfigs.op.create({ slug: 'a', title: 'A', level: 1 }),
      window.client.pageConfigs.op.create({ slug: 'c', title: 'C', level: 1 }),
    ])
    await window.client.pageConfigs.update(id, { level: 3 })
    await visitor.pageConfigs.count()
    await visitor.close()
    return { slugs, same }
  })
  expect(heard.slugs).toEqual(['', 'b', 'a b c', 'a c'])
  expect(heard.same).toEqual([false, false, true, true])
})

test('a worker that dies takes no live query with it: its listener hears what it missed, once', async ({
  openPage,
}) => {
  const page = await openPage()
  await openClient(page)
  await page.evaluate(async () => {
    const { client } = window
    await client.pageConfigs.createMany([
      { slug: 'a', title: 'A', level: 1 },
      { slug: 'b', title: 'B', level: 1 },
    ])
    const calls: unknown[] = []
    Object.assign(window, { calls })
    client.pageConfigs.live({ sort: { slug: 'asc' } }, (rows, { added, removed, changed }) =>
      calls.push([rows.map(({ slug }) => slug).join(' '), added.length, removed.length, changed.length]),
    )
    await client.pageConfigs.count()
    window.workers[0]?.terminate()
    await client.pageConfigs.create({ slug: 'c', title: 'C', level: 1 })
    await client.pageConfigs.count()
  })
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { calls: unknown[] }).calls))
    .toEqual([
      ['a b', 2, 0, 0],
      ['a b c', 1, 0, 0],
    ])
})

test('a row that expires leaves the list at its time, without anybody writing', async ({ openPage }) => {
  const page = await openPage()
  const seen = await page.evaluate(async () => {
    const { DBALClient, defineSchema, f } = window.dbal
    const schema = defineSchema({
      Notice: {
        fields: { id: f.id(), text: f.string(), until: f.datetime() },
        ttl: 'until',
        rules: [{ roles: ['public'], operations: ['create', 'read'] }],
      },
    })
    const client = new DBALClient({ schema, database: { name: 'notices', persistence: 'memory' } })
    await client.ready
    const until = Date.now() + 1_500
    await client.notices.createMany([
      { text: 'stays' },
      { text: 'goes', until: new Date(until).toISOString() },
    ])
    const counts: number[] = []
    const left = await new Promise<number>((resolve) => {
      client.notices.live({}, (rows) => {
        counts.push(rows.length)
        if (rows.length === 1) resolve(Date.now())
      })
    })
    await client.close()
    return { counts, early: left < until }
  })
  expect(seen).toEqual({ counts: [2, 1], early: false })
})

test('a select of Kysely is live over a worker, and over the death of it', async ({ openPage }) => {
  const page = await openPage()
  await openClient(page)
  await page.evaluate(async () => {
    const { client } = window
    const { liveQuery, toKysely } = (await import(
      `${location.origin}/dbal/kysely.js`
    )) as typeof import('@metabuilder/dbal/kysely')
    const db = toKysely(client)
    const calls: unknown[] = []
    Object.assign(window, { calls })
    liveQuery(
      db
        .selectFrom('PageConfig')
        .leftJoin('ComponentNode', 'ComponentNode.pageId', 'PageConfig.id')
        .select((eb) => ['PageConfig.slug', eb.fn.count<number>('ComponentNode.id').as('nodes')])
        .groupBy('PageConfig.id')
        .orderBy('PageConfig.slug'),
      (rows, { added, removed }) =>
        calls.push([
          rows.map(({ slug, nodes }) => `${slug} ${nodes}`).join(', '),
          added.length,
          removed.length,
        ]),
    )
    const a = await client.pageConfigs.create({ slug: 'a', title: 'A', level: 1 })
    await client.componentNodes.create({ pageId: a.id, type: 'Box' })
    await client.pageConfigs.update(a.id, { title: 'Other' })
    window.workers[0]?.terminate()
    await client.pageConfigs.create({ slug: 'b', title: 'B', level: 1 })
    await client.pageConfigs.count()
  })
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { calls: unknown[] }).calls))
    .toEqual([
      ['a 0', 1, 0],
      ['a 1', 1, 1],
      ['a 1, b 0', 1, 0],
    ])
})
