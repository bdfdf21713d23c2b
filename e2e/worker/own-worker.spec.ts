/** A worker of the app's own, made with `hostDatabase`. */

import { expect, openClient, test } from './fixtures.ts'

const definition =
  "{ Note: { fields: { id: f.uuid({ primary: true }), text: f.string({ required: true }) }, rules: [{ roles: ['public'], operations: ['create', 'read'] }] } }"

const site = {
  scripts: {
    '/own-worker.js': `
      import { hostDatabase } from '/dbal/host.js'
      import { defineSchema, f } from '/dbal/schema.js'
      hostDatabase({ schema: defineSchema(${definition}) })
    `,
    '/silent-worker.js': 'export {}',
  },
}

test('serves its own schema', async ({ makeSite, openPage }) => {
  const page = await openPage(await makeSite(site))
  const notes = await page.evaluate(async (text) => {
    const { DBALClient, defineSchema, f } = window.dbal
    const schema = defineSchema(new Function('f', `return ${text}`)(f))
    const worker = () => new Worker('/own-worker.js', { type: 'module' })
    const client = new DBALClient({ schema, database: { name: 'own', worker } })
    const ready = await client.ready
    await client.entity('Note').create({ text: 'one' })
    await client.close()
    const again = new DBALClient({ schema, database: { name: 'own', worker } })
    return { ready, count: await again.entity('Note').count() }
  }, definition)
  expect(notes).toMatchObject({ ready: { persistence: 'opfs', rung: 'asset' }, count: 1 })
})

test('refuses a client with another schema', async ({ makeSite, openPage }) => {
  const page = await openPage(await makeSite(site))
  const error = await page.evaluate(() => {
    const worker = () => new Worker('/own-worker.js', { type: 'module' })
    return new window.dbal.DBALClient({ database: { worker } }).ready.catch((reason) => reason.toWire())
  })
  expect(error).toMatchObject({ code: 'CONFLICT', details: { reason: 'the schemas differ' } })
})

test('that is none is told, in time', async ({ makeSite, openPage }) => {
  const page = await openPage(await makeSite(site))
  const error = await page.evaluate(() => {
    const worker = () => new Worker('/no-such-worker.js', { type: 'module' })
    return new window.dbal.DBALClient({ database: { worker } }).ready.catch((reason) => reason.toWire())
  })
  expect(error).toMatchObject({ code: 'DATABASE_ERROR', message: expect.stringContaining('hostDatabase') })
})

test('a page that names no worker has that of the package', async ({ makeSite, openPage }) => {
  expect(await openClient(await openPage(await makeSite(site)))).toMatchObject({ rung: 'asset' })
})
