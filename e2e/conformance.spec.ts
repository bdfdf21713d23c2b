/** The conformance suite in a real browser: the public client, the package's worker, OPFS and memory. */

import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@playwright/test'
import { build } from 'rolldown'
import { type StaticServer, startStaticServer } from '../scripts/static-server.ts'
import type {} from '../test/conformance/browser.ts'
import { exceptions } from '../test/conformance/exceptions.ts'
import { topics } from '../test/conformance/topics.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))

const page = `<!doctype html>
<title>conformance</title>
<script type="importmap">{ "imports": { "@metabuilder/dbal": "./dbal/index.js", "@metabuilder/dbal/kysely": "./dbal/kysely.js" } }</script>
<script type="module" src="./cases.js"></script>
`

let folder: string
let server: StaticServer

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conformance-'))
  await symlink(join(repository, 'dist'), join(folder, 'dbal'))
  await writeFile(join(folder, 'index.html'), page)
  await build({
    input: join(repository, 'test/conformance/browser.ts'),
    external: ['@metabuilder/dbal', '@metabuilder/dbal/kysely'],
    // The package's own paths would lead to its sources; the page takes what was built.
    tsconfig: false,
    output: { file: join(folder, 'cases.js'), format: 'esm' },
    logLevel: 'warn',
  })
  server = await startStaticServer(folder)
})

test.afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

/**
 * Every case has a database and a worker of its own, which takes a real browser minutes: `npm test` runs these, where the
 * roles and what a user does first are; `npm run test:faults` runs all of them in both storages.
 */
const share = ['rows that a role reaches', 'create, read, update, delete', 'component tree', 'live queries']
const runsAll = process.env['CONFORMANCE'] === 'all'

for (const persistence of runsAll ? (['required', 'memory'] as const) : (['required'] as const)) {
  for (const { topic, cases } of topics.filter((one) => runsAll || share.includes(one.topic))) {
    test(`${persistence === 'memory' ? 'memory' : 'OPFS'}: ${topic}`, async ({ page }) => {
      // Some topics have hundreds of cases, each with a worker of its own.
      test.setTimeout(120_000 + cases.length * 5_000)
      await page.goto(`${server.url}/`)
      await page.waitForFunction(() => window.conformance)
      const results = await page.evaluate(([name, kind]) => window.conformance.run(name, kind), [
        topic,
        persistence,
      ] as const)
      const failures = results.filter(({ failure }) => failure !== undefined)
      expect(failures).toEqual([])
      const left = exceptions.filter((known) => known.backend === 'browser' && known.topic === topic)
      expect(results).toHaveLength(cases.length - left.length)
    })
  }
}
