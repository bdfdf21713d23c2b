/** Which storage is used, and that a weaker one is never used in silence. */

import type { BrowserContext } from '@playwright/test'
import { addRow, countRows, expect, openClient, test, visit } from './fixtures.ts'

/** As in a private window of Firefox, in page and workers alike. */
async function refuseFiles(context: BrowserContext): Promise<void> {
  // A worker's script is changed on its way: init scripts do not run in workers.
  await context.route('**/worker.js', async (route) => {
    const response = await route.fetch()
    const refusal =
      'StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException("Security error", "SecurityError"));'
    await route.fulfill({ response, body: refusal + (await response.text()) })
  })
}

test('files are used where there are any, and the space is told', async ({ openPage }) => {
  const page = await openPage()
  expect(await openClient(page)).toEqual({
    persistence: 'opfs',
    role: 'leader',
    rung: 'asset',
    version: expect.any(Number),
  })
  await expect
    .poll(() => page.evaluate(() => window.events))
    .toContainEqual({
      type: 'storage',
      persistence: 'opfs',
      space: {
        isPersisted: expect.any(Boolean),
        usedBytes: expect.any(Number),
        quotaBytes: expect.any(Number),
      },
    })
})

test('preferred: memory, with the reason in ready and in an event', async ({ context, openPage }) => {
  await refuseFiles(context)
  const page = await openPage()
  const reason = expect.stringContaining('the browser refuses file storage here (SecurityError')
  expect(await openClient(page)).toMatchObject({ persistence: 'memory', reason })
  expect(await page.evaluate(() => window.events)).toContainEqual({
    type: 'storage',
    persistence: 'memory',
    reason,
  })
  await addRow(page, 'in-memory')
  // Nobody else can have it, so nobody waits for it.
  expect(await openClient(await openPage(), { timeout: 5_000 })).toMatchObject({ persistence: 'memory' })
})

test('required: an error with the reason', async ({ context, openPage }) => {
  await refuseFiles(context)
  expect(await openClient(await openPage(), { persistence: 'required' })).toMatchObject({
    code: 'DATABASE_ERROR',
    details: { reason: expect.stringContaining('SecurityError') },
  })
})

test('memory: nothing is left after a reload', async ({ openPage, site }) => {
  const page = await openPage()
  expect(await openClient(page, { persistence: 'memory' })).toMatchObject({ persistence: 'memory' })
  await addRow(page, 'gone')
  await visit(page, site.url)
  await openClient(page, { persistence: 'memory' })
  expect(await countRows(page)).toBe(0)
  const stored = await page.evaluate(async () => {
    const names: string[] = []
    for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name)
    return names
  })
  expect(stored).toEqual([])
})

test('memory: the loss of its worker is told', async ({ openPage }) => {
  const page = await openPage()
  await openClient(page, { persistence: 'memory' })
  await addRow(page, 'gone')
  await page.evaluate(() => window.workers[0]?.terminate())
  expect(await countRows(page)).toBe(0)
  expect(await page.evaluate(() => window.events)).toContainEqual({
    type: 'storage',
    persistence: 'memory',
    reason: 'the worker ended, and what the database in memory held is lost',
  })
})

test('a page without Web Locks and without https works in memory and says why', async ({
  context,
  openPage,
  site,
}) => {
  await context.addInitScript(() => {
    // What an insecure context lacks.
    Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })
    Object.defineProperty(crypto, 'randomUUID', { value: undefined })
  })
  await context.route('**/worker.js', async (route) => {
    const response = await route.fetch()
    const lacks = [
      'Object.defineProperty(WorkerNavigator.prototype, "locks", { value: undefined })',
      'Object.defineProperty(WorkerNavigator.prototype, "storage", { value: undefined })',
      'Object.defineProperty(self, "isSecureContext", { value: false })',
    ].join(';')
    await route.fulfill({ response, body: `${lacks};${await response.text()}` })
  })
  const page = await openPage(site)
  expect(await openClient(page)).toMatchObject({
    persistence: 'memory',
    reason: 'the page was not loaded over https or from localhost',
  })
  await addRow(page, 'works')
})

test('a damaged database is an error, not an empty one', async ({ openPage, site }) => {
  const page = await openPage()
  await openClient(page)
  await addRow(page, 'precious')
  await page.evaluate(() => window.client.close())
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory()
    const walk = async (folder: FileSystemDirectoryHandle): Promise<void> => {
      for await (const entry of folder.values()) {
        if (entry.kind === 'directory') await walk(entry as FileSystemDirectoryHandle)
        else {
          const file = entry as FileSystemFileHandle
          const { size } = await file.getFile()
          const writable = await file.createWritable({ keepExistingData: true })
          // The pool's own header stays; SQLite's is overwritten.
          if (size > 8_192)
            await writable.write({ type: 'write', position: 4_096, data: new Uint8Array(2_000).fill(0x55) })
          await writable.close()
        }
      }
    }
    await walk(root)
  })
  await visit(page, site.url)
  expect(await openClient(page)).toMatchObject({ code: 'DATABASE_ERROR' })
})

test('names that no folder could have', async ({ openPage, site }) => {
  const page = await openPage()
  for (const name of ['größe: 100%', '.a?b*c|d"<e>']) {
    expect(await openClient(page, { name })).toMatchObject({ persistence: 'opfs' })
    await addRow(page, 'row')
    await page.evaluate(() => window.client.close())
    expect(await openClient(page, { name })).toMatchObject({ persistence: 'opfs' })
    expect(await countRows(page)).toBe(1)
    await visit(page, site.url)
  }
})

test('copies of files: each in memory its own, one kept under a name, the name then taken', async ({
  openPage,
}) => {
  const page = await openPage()
  await openClient(page)
  await addRow(page, 'original')
  const result = await page.evaluate(async () => {
    const { DBALClient } = window.dbal
    const file = await window.client.export()
    await window.client.pageConfigs.create({ slug: 'later', title: 'later', level: 1 })
    const newer = await window.client.export()
    const count = (client: Awaited<ReturnType<typeof DBALClient.openFile>>) =>
      client.entity('PageConfig').count()
    const copies = await Promise.all([DBALClient.openFile(file), DBALClient.openFile(newer)])
    const inMemory = await Promise.all(copies.map(count))
    const kept = await DBALClient.openFile(newer, { name: 'kept' })
    const taken = await DBALClient.openFile(file, { name: 'kept' }).catch((error) => error.code)
    window.workers.at(-1)?.terminate()
    const afterCrash = await count(kept)
    const { persistence } = await kept.ready
    await Promise.all([...copies, kept].map((client) => client.close()))
    const takenStill = await DBALClient.openFile(file, { name: 'kept' }).catch((error) => error.code)
    const noFile = await DBALClient.openFile(new TextEncoder().encode('no database'), { name: 'none' }).catch(
      (error) => error.code,
    )
    // A refused file does not take its name.
    const second = await DBALClient.openFile(file, { name: 'none' })
    const afterRefusal = await count(second)
    await second.close()
    return { inMemory, taken, afterCrash, persistence, takenStill, noFile, afterRefusal }
  })
  expect(result).toEqual({
    inMemory: [1, 2],
    taken: 'CONFLICT',
    afterCrash: 2,
    persistence: 'opfs',
    takenStill: 'CONFLICT',
    noFile: 'VALIDATION_ERROR',
    afterRefusal: 1,
  })
})
