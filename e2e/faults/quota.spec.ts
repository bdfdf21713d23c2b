/** The origin's storage is full: the write is refused whole, reading goes on, and so does writing when there is room again. */

import type { Page } from '@playwright/test'
import { expect, openClient, test } from '../worker/fixtures.ts'

const megabyte = 1_048_576

test('a full storage refuses the write whole and nothing else', async ({ openPage, site }) => {
  const page = await openPage()
  expect(await openClient(page)).toMatchObject({ persistence: 'opfs' })
  await page.evaluate(() => window.client.pageConfigs.create({ slug: 'first', title: 'First', level: 1 }))

  const session = await page.context().newCDPSession(page)
  const origin = new URL(site.url).origin
  const { usage } = await session.send('Storage.getUsageAndQuota', { origin })
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 2 * megabyte })

  expect(await createBig(page, 'many')).toMatchObject({ code: 'QUOTA_EXCEEDED', status: 507 })
  expect(await batchBig(page, 'batch')).toMatchObject({ code: 'QUOTA_EXCEEDED' })
  // Several clients' calls share a transaction: what is small is not refused for its neighbour.
  const small = await page.evaluate(() => window.client.pageConfigs.findFirst({ filter: { slug: 'first' } }))
  expect(small).toMatchObject({ slug: 'first' })
  expect(await stored(page)).toEqual({ slugs: ['first'], integrity: true, audit: true })

  await session.send('Storage.overrideQuotaForOrigin', { origin })
  expect(await createBig(page, 'many')).toEqual({ count: 8 })
  expect(await stored(page)).toEqual({
    slugs: ['first', ...Array.from({ length: 8 }, (_, at) => `many-${at}`)],
    integrity: true,
    audit: true,
  })
})

/** 8 rows of half a megabyte in one call. */
function createBig(page: Page, name: string) {
  return page.evaluate(async (name) => {
    const rows = Array.from({ length: 8 }, (_, at) => ({
      slug: `${name}-${at}`,
      title: name,
      level: 1,
      description: 'x'.repeat(500_000),
    }))
    return window.client.pageConfigs.createMany(rows).then(
      ({ count }) => ({ count }),
      (error) => error.toJSON(),
    )
  }, name)
}

function batchBig(page: Page, name: string) {
  return page.evaluate(async (name) => {
    const { pageConfigs } = window.client
    const small = pageConfigs.op.create({ slug: `${name}-small`, title: name, level: 1 })
    const big = Array.from({ length: 8 }, (_, at) =>
      pageConfigs.op.create({
        slug: `${name}-${at}`,
        title: name,
        level: 1,
        description: 'x'.repeat(500_000),
      }),
    )
    return window.client.batch([small, ...big]).then(
      () => 'done',
      (error) => error.toJSON(),
    )
  }, name)
}

function stored(page: Page) {
  return page.evaluate(async () => ({
    slugs: (
      await window.client.pageConfigs.list({ select: ['slug'], sort: { slug: 'asc' }, limit: 100 })
    ).data.map(({ slug }) => slug),
    integrity: (await window.client.checkIntegrity()).ok,
    audit: (await window.client.audit.verify()).ok,
  }))
}
