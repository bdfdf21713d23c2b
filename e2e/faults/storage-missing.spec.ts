/** Browsers without the parts of the file system: memory, said aloud, or an error for whoever requires files. */

import { addRow, expect, openClient, test } from '../worker/fixtures.ts'

const lacks = [
  [
    'no getDirectory',
    'delete StorageManager.prototype.getDirectory',
    'this browser has no file system for the origin',
  ],
  [
    'no access handles',
    'delete FileSystemFileHandle.prototype.createSyncAccessHandle',
    'this browser does not open files for a worker',
  ],
  [
    'access handles that are not supported after all',
    'FileSystemFileHandle.prototype.createSyncAccessHandle = () => Promise.reject(new DOMException("no", "NotSupportedError"))',
    'this browser does not open files for a worker (NotSupportedError)',
  ],
] as const

for (const [name, script, reason] of lacks) {
  test(name, async ({ context, openPage }) => {
    await context.addInitScript(script)
    // Scripts of the test's own do not run in workers: the worker's file is changed on its way.
    await context.route('**/worker.js', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, body: `${script};${await response.text()}` })
    })
    const page = await openPage()
    expect(await openClient(page, { persistence: 'required', name: 'required' })).toMatchObject({
      code: 'DATABASE_ERROR',
      details: { reason: expect.stringContaining(reason) },
    })
    expect(await openClient(page)).toMatchObject({
      persistence: 'memory',
      reason: expect.stringContaining(reason),
    })
    expect(await page.evaluate(() => window.events)).toContainEqual({
      type: 'storage',
      persistence: 'memory',
      reason: expect.stringContaining(reason),
    })
    expect(await page.evaluate(() => window.client.capabilities())).toMatchObject({ persistence: 'memory' })
    await addRow(page, 'works')
  })
}
