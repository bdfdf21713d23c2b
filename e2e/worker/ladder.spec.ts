/** The worker is reached in every way that a page allows, and where none is allowed the error says what to do. */

import { expect, openClient, test } from './fixtures.ts'
import type { SiteOptions } from './site.ts'

const policy = (text: string) => () => ({ 'content-security-policy': text })
const wasm = "script-src 'self' 'wasm-unsafe-eval'"

const reached: readonly [name: string, rung: string, site: SiteOptions][] = [
  ['plain files', 'asset', {}],
  [
    'wasm as octet-stream',
    'asset',
    { headers: (path) => (path.endsWith('.wasm') ? { 'content-type': 'application/octet-stream' } : {}) },
  ],
  [
    'isolated page (COOP and COEP)',
    'asset',
    {
      headers: () => ({
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
      }),
    },
  ],
  ["worker-src 'self'", 'asset', { headers: policy(`default-src 'self'; ${wasm}; worker-src 'self'`) }],
  [
    "worker-src 'self' blob:",
    'asset',
    { headers: policy(`default-src 'self'; ${wasm}; worker-src 'self' blob:`) },
  ],
  ['worker-src blob: alone', 'inline', { headers: policy(`default-src 'self'; ${wasm}; worker-src blob:`) }],
  [
    'a policy against wasm that spares the worker',
    'asset',
    {
      headers: (path): Record<string, string> =>
        path.endsWith('worker.js') ? {} : { 'content-security-policy': "default-src 'self'" },
    },
  ],
  ['no worker.js', 'inline', { missing: /worker\.js/ }],
  ['HTML in place of worker.js', 'inline', { missing: /worker\.js/, fallback: true }],
  ['no sqlite3.wasm', 'inline', { missing: /wasm/ }],
  ['HTML in place of sqlite3.wasm', 'inline', { missing: /wasm/, fallback: true }],
  ['neither file', 'inline', { missing: /worker\.js|wasm/ }],
  [
    'a wasm that was cut short',
    'inline',
    { change: (path, body) => (path.endsWith('.wasm') ? body.subarray(0, 9_000) : body) },
  ],
]

for (const [name, rung, options] of reached) {
  test(`${name}: ${rung}`, async ({ makeSite, openPage }) => {
    const page = await openPage(await makeSite(options))
    expect(await openClient(page)).toMatchObject({ rung, persistence: 'opfs' })
    expect(await page.evaluate(() => window.client.pageConfigs.count())).toBe(0)
  })
}

test('scripts from another origin: shim', async ({ makeSite, openPage }) => {
  const elsewhere = await makeSite({ headers: () => ({ 'access-control-allow-origin': '*' }) })
  const page = await openPage(await makeSite({ packageFrom: elsewhere.url }))
  expect(await openClient(page)).toMatchObject({ rung: 'shim', persistence: 'opfs' })
})

const refused: readonly [name: string, message: RegExp, site: SiteOptions][] = [
  ['no file at all', /Serve the package's worker\.js/, { missing: /worker\.js|wasm|inline/ }],
  [
    "worker-src 'none'",
    /worker-src 'self' blob:/,
    { headers: policy(`default-src 'self'; ${wasm}; worker-src 'none'`) },
  ],
  ['no wasm and no copy', /Serve the package's sqlite3\.wasm/, { missing: /wasm|inline/ }],
  [
    'a policy against wasm',
    /Add 'wasm-unsafe-eval'/,
    { headers: policy("default-src 'self'; worker-src 'self' blob:") },
  ],
]

for (const [name, message, options] of refused) {
  test(`${name}: an error that says what to do`, async ({ makeSite, openPage }) => {
    const page = await openPage(await makeSite(options))
    expect(await openClient(page)).toMatchObject({
      code: 'DATABASE_ERROR',
      message: expect.stringMatching(message),
      details: { reason: expect.stringMatching(/./) },
    })
  })
}

test('a policy against wasm does not download the inline copy', async ({ makeSite, context, openPage }) => {
  const site = await makeSite({ headers: policy("default-src 'self'; worker-src 'self' blob:") })
  const requested: string[] = []
  context.on('request', (request) => requested.push(request.url()))
  await openClient(await openPage(site))
  expect(requested.filter((url) => url.endsWith('inline.js'))).toEqual([])
})
