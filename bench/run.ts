/**
 * `npm run bench [-- --only ours,raw-wal] [--rounds 5] [--write]`: every contender does the same work in the same page
 * run, in turn, in a real Chromium over OPFS. Figures are medians of the rounds; ratios are against raw-wal. `--write`
 * puts the table into docs/performance.md.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium, type Page } from 'playwright-core'
import { browserArgs, findBrowser } from '../scripts/browser.ts'
import { runSteps } from '../scripts/run-steps.ts'
import { startStaticServer } from '../scripts/static-server.ts'
import type { BenchApi } from './page/main.ts'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    write: { type: 'boolean', default: false },
  },
})
const root = resolve(import.meta.dirname, '..')
const contenders = (options.only ?? 'raw-wal,ours,sqlocal').split(',')
const rounds = Number(options.rounds)

interface Workload {
  readonly name: string
  readonly method: Exclude<keyof BenchApi, 'open' | 'close'>
  readonly count: number
}

const workloads: readonly Workload[] = [
  { name: 'insert awaited, 1,000', method: 'insertAwaited', count: 1_000 },
  { name: 'insert concurrent, 1,000', method: 'insertConcurrent', count: 1_000 },
  { name: 'read by id awaited, 2,000', method: 'readAwaited', count: 2_000 },
  { name: 'read by id concurrent, 2,000', method: 'readConcurrent', count: 2_000 },
  { name: 'list 20 of filter and sort, 200 times', method: 'list20', count: 200 },
  { name: 'list 5,000 as objects, 5 times', method: 'list5000', count: 5 },
  { name: 'update awaited, 500', method: 'updateAwaited', count: 500 },
  { name: 'delete awaited, 500', method: 'removeAwaited', count: 500 },
]

const failed = runSteps([
  { name: 'building the package', command: ['node', 'scripts/build.ts'] },
  {
    name: 'building the page',
    command: ['vite', 'build', '--config', 'bench/vite.config.ts', '--logLevel', 'warn'],
  },
])
if (failed) process.exit(failed)

// SQLocal's storage wants these two headers; ours does not care.
const server = await startStaticServer(join(root, '.cache/bench'), {
  headers: { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' },
})
const profile = mkdtempSync(join(tmpdir(), 'bench-'))
const context = await chromium.launchPersistentContext(profile, {
  executablePath: findBrowser(),
  headless: true,
  args: [...browserArgs],
})
const figures = new Map<string, Map<string, number[]>>()
try {
  const version = context.browser()?.version() ?? 'Chromium'
  for (let round = 0; round < rounds; round++) {
    // Who goes first changes, so that a warm or busy machine favours nobody.
    for (const [index] of contenders.entries()) {
      await runContender(contenders[(index + round) % contenders.length] as string, round)
    }
    console.log(`round ${round + 1} of ${rounds} done`)
  }
  const table = printTable()
  console.log(`\n${table}`)
  if (options.write) writeDocs(table, version)
} finally {
  await context.close()
  await server.close()
  rmSync(profile, { recursive: true, force: true })
}

async function runContender(name: string, round: number): Promise<void> {
  const database = `bench-${name}-${round}`
  await inPage(async (page) => {
    note(
      name,
      'cold open',
      await page.evaluate(([n, d]) => bench.open(n as string, d as string), [name, database]),
    )
    note(name, 'bulk 20,000 in one call', await page.evaluate(() => bench.fill(20_000)))
    for (const { name: workload, method, count } of workloads) {
      note(name, workload, await page.evaluate(([m, c]) => bench[m](c), [method, count] as const))
    }
    await page.evaluate(() => bench.close())
  })
  await inPage(async (page) => {
    note(
      name,
      'reopen with 20,000 rows',
      await page.evaluate(([n, d]) => bench.open(n as string, d as string), [name, database]),
    )
    await page.evaluate(() => bench.close())
  })
}

async function inPage(work: (page: Page) => Promise<void>): Promise<void> {
  const page = await context.newPage()
  page.on('pageerror', (error) => console.error(`page: ${error.message}`))
  try {
    await page.goto(`${server.url}/index.html`)
    await page.waitForFunction(() => 'bench' in globalThis)
    await work(page)
  } finally {
    await page.close()
  }
}

function note(contender: string, workload: string, time: number): void {
  const byContender = figures.get(workload) ?? new Map<string, number[]>()
  figures.set(workload, byContender)
  byContender.set(contender, [...(byContender.get(contender) ?? []), time])
}

function printTable(): string {
  const base = contenders.includes('raw-wal') ? 'raw-wal' : (contenders[0] as string)
  const lines = [
    `| workload | ${contenders.map((name) => `${name}, ms`).join(' | ')} | ${contenders
      .filter((name) => name !== base)
      .map((name) => `${name} ÷ ${base}`)
      .join(' | ')} |`,
    `|---|${contenders.map(() => '---:').join('|')}|${contenders
      .filter((name) => name !== base)
      .map(() => '---:')
      .join('|')}|`,
  ]
  for (const [workload, times] of figures) {
    const medians = new Map(contenders.map((name) => [name, median(times.get(name) ?? [])]))
    const ratios = contenders
      .filter((name) => name !== base)
      .map((name) => ((medians.get(name) ?? 0) / (medians.get(base) ?? 1)).toFixed(2))
    lines.push(
      `| ${workload} | ${[...medians.values()].map((time) => time.toFixed(1)).join(' | ')} | ${ratios.join(' | ')} |`,
    )
  }
  return lines.join('\n')
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function writeDocs(table: string, version: string): void {
  const file = join(root, 'docs/performance.md')
  const machine = `${cpus().length} cores, Chromium ${version}, medians of ${rounds} rounds.`
  const text = readFileSync(file, 'utf8').replace(
    /<!-- figures -->[\s\S]*<!-- \/figures -->/,
    `<!-- figures -->\n\n${machine}\n\n${table}\n\n<!-- /figures -->`,
  )
  writeFileSync(file, text)
}

declare const bench: BenchApi
