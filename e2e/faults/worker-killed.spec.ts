/** The worker is terminated in the middle of writes, again and again, in one page. */

import type { Page } from '@playwright/test'
import { expect, test } from '../worker/fixtures.ts'
import { problemsOf, readEvidence } from './evidence.ts'
import { openLoadClient, startLoad } from './load.ts'
import { plan, randomOf } from './plan.ts'

declare global {
  interface Window {
    isDeaf?: boolean
  }
}

test(`${plan.kills} workers terminated: every acknowledged write is there once and whole`, async ({
  context,
  openPage,
}) => {
  test.setTimeout(60_000 + plan.kills * 3_000)
  const { seed, kills } = plan
  console.log(`worker-killed: seed ${seed}`)
  await context.addInitScript(makePortsDeaf)
  const page = await openPage()
  expect(await openLoadClient(page)).toMatchObject({ persistence: 'opfs' })
  await startLoad(page, { run: 'a', seed, writers: 6 })

  const random = randomOf(seed)
  let isEarly = false
  for (let kill = 0; kill < kills; kill++) {
    // Now and then the next one while it starts; a third in a row would rightly be taken for a worker that cannot start.
    isEarly = !isEarly && random() < 0.25
    const steps = isEarly ? 0 : 3 + Math.floor(random() * 25)
    const deafMs = random() < 0.7 ? random() * 40 : 0
    await killWorker(page, { steps, delayMs: random() * (isEarly ? 150 : 12), deafMs })
  }
  const { notes, refused, workers } = await page.evaluate(async () => {
    await window.load.stop()
    return { notes: window.load.notes, refused: window.load.refused, workers: window.workers.length }
  })
  expect(refused).toEqual([])
  // One for each kill; the next need not have been made when the last writer got its answer.
  expect(workers).toBeGreaterThanOrEqual(kills)
  expect(notes.length).toBeGreaterThan(kills)
  expect(problemsOf(notes, await readEvidence(page))).toEqual([])

  // The same from the files, not from what a worker may still hold.
  await page.evaluate(() => window.loadClient.close())
  await openLoadClient(page)
  expect(problemsOf(notes, await readEvidence(page))).toEqual([])
})

interface Kill {
  /** Of the writers, until then. */
  readonly steps: number
  readonly delayMs: number
  /** How long before its end the worker's replies are lost: what it commits in that time is asked for again. */
  readonly deafMs: number
}

/** Terminates a worker that was not terminated before. */
function killWorker(page: Page, kill: Kill): Promise<void> {
  return page.evaluate(async ({ steps, delayMs, deafMs }) => {
    const { load, workers } = window
    const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
    const until = load.steps + steps
    while (load.refused.length === 0 && (load.steps < until || workers.at(-1) === load.terminated))
      await sleep(1)
    await sleep(delayMs)
    window.isDeaf = deafMs > 0
    if (deafMs > 0) await sleep(deafMs)
    load.terminated = workers.at(-1)
    load.terminated?.terminate()
    window.isDeaf = false
  }, kill)
}

/** While `isDeaf`, messages to the ports of the page are lost. */
function makePortsDeaf(): void {
  const { addEventListener } = MessagePort.prototype
  MessagePort.prototype.addEventListener = function (
    this: MessagePort,
    type: string,
    listener: unknown,
    ...rest: unknown[]
  ) {
    const hear = (event: Event) => {
      if (window.isDeaf && type === 'message') return
      if (typeof listener === 'function') listener.call(this, event)
      else (listener as EventListenerObject).handleEvent(event)
    }
    return addEventListener.call(this, type, hear, ...(rest as []))
  } as typeof addEventListener
}
