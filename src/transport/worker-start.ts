/**
 * Starts the worker in whatever way the page allows, best first:
 *
 * 1. `asset`: its file beside the package.
 * 2. `shim`: the same file on another origin, imported by a script of one line.
 * 3. `inline`: a copy as text, for bundles that left the files behind.
 *
 * A way counts when the worker has said hello. SQLite's wasm is then loaded by the worker from its address, else from the
 * inline copy. Where a Content Security Policy forbids WebAssembly no other way helps, and the error says so.
 */

import type { Ready } from '../protocol/event.ts'
import type { Hello } from '../protocol/host.ts'
import { protocolVersion } from '../protocol/version.ts'
import { unavailable } from './unavailable.ts'
import { inlineAssets, wasmUrl, workerUrl } from './worker-assets.ts'
import { RunningWorker, type RunningWorkerOptions } from './worker-running.ts'

/**
 * Failures come at once. Silence is a slow network, or a worker that was ended before it could speak, which nobody is
 * told of: so a second worker is tried soon, and has more time.
 */
const helloWithinMs = [2_000, 15_000] as const

interface Script {
  readonly worker: Worker
  readonly rung: Ready['rung']
}

/** The worker's answer did not come. */
class Silence extends Error {}

/**
 * @param given the app's own worker, in place of the package's
 * @throws DBALError DATABASE_ERROR with what was tried and what to do, or the reason why the database does not open
 */
export async function startWorker(
  given: (() => Worker) | undefined,
  options: RunningWorkerOptions,
  signal: AbortSignal,
): Promise<RunningWorker> {
  const { worker, rung, lifeLock } = await firstThatSaysHello(given, signal)
  const running = new RunningWorker(worker, rung, lifeLock, options)
  const end = () => running.end('the start was given up')
  signal.addEventListener('abort', end)
  try {
    signal.throwIfAborted()
    await loadWasm(running)
    await running.open()
    return running
  } catch (error) {
    running.end('it could not be started')
    throw error
  } finally {
    signal.removeEventListener('abort', end)
  }
}

async function firstThatSaysHello(given: (() => Worker) | undefined, signal: AbortSignal) {
  const tried: string[] = []
  for (const create of given ? [() => ({ worker: given(), rung: 'asset' }) as const] : [fromFile, fromText]) {
    for (const withinMs of helloWithinMs) {
      signal.throwIfAborted()
      try {
        const script = await create()
        // Nothing is awaited between the creation and the listeners: the message comes in a later task.
        const { lifeLock } = await hello(script.worker, withinMs, signal)
        return { ...script, lifeLock }
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof Silence && withinMs === helloWithinMs[0]) continue
        tried.push(error instanceof Error ? error.message : String(error))
        break
      }
    }
  }
  const reason = tried.join('; ')
  throw unavailable(
    `The database worker could not be loaded (${reason}). ${
      given
        ? 'Check that the given worker is a module script that calls hostDatabase'
        : "Serve the package's worker.js and sqlite3.wasm beside its index.js, or allow worker-src 'self' blob: in the Content Security Policy"
    }`,
    reason,
  )
}

function fromFile(): Script {
  const url = workerUrl()
  return new URL(url).origin === location.origin
    ? { worker: new Worker(url, { type: 'module' }), rung: 'asset' }
    : { worker: workerOf(`import ${JSON.stringify(url)}`), rung: 'shim' }
}

async function fromText(): Promise<Script> {
  const { source } = await inlineAssets()
  return { worker: workerOf(source), rung: 'inline' }
}

function workerOf(source: string): Worker {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  const worker = new Worker(url, { type: 'module' })
  const revoke = () => URL.revokeObjectURL(url)
  worker.addEventListener('message', revoke, { once: true })
  worker.addEventListener('error', revoke, { once: true })
  return worker
}

/** Resolves with the worker's first word; ends the worker when it does not come. */
function hello(worker: Worker, withinMs: number, signal: AbortSignal): Promise<Hello> {
  return new Promise((resolve, reject) => {
    const listening = new AbortController()
    const options = { signal: listening.signal }
    const stop = () => {
      listening.abort()
      clearTimeout(timer)
    }
    const fail = (error: Error) => {
      stop()
      worker.terminate()
      reject(error)
    }
    const timer = setTimeout(() => fail(new Silence('the worker did not answer')), withinMs)
    worker.addEventListener(
      'message',
      ({ data }: MessageEvent<Hello | null>) => {
        if (data?.dbal !== 'hello') return
        if (data.protocol !== protocolVersion) {
          return fail(
            new Error(`worker.js is of another version (protocol ${data.protocol}, not ${protocolVersion})`),
          )
        }
        stop()
        resolve(data)
      },
      options,
    )
    worker.addEventListener(
      'error',
      // Browsers do not say which: a 404, HTML in place of a script, or a policy all come as an event without a message.
      ({ message }) =>
        fail(new Error(message || 'worker.js is missing, is no script, or is forbidden by a policy')),
      options,
    )
    signal.addEventListener('abort', () => fail(new Error('the start was given up')), options)
  })
}

async function loadWasm(running: RunningWorker): Promise<void> {
  let loaded = await running.load(() => ({ url: wasmUrl() }))
  if ('failure' in loaded && loaded.failure !== 'blocked') {
    // Without the copy the first failure is the one to tell.
    const copy = await inlineAssets().catch(() => undefined)
    if (copy) {
      const bytes = await copy.wasm()
      loaded = await running.load(() => ({ bytes }))
      running.rung = 'inline'
    }
  }
  if ('ok' in loaded) return
  const remedy =
    loaded.failure === 'blocked'
      ? "Add 'wasm-unsafe-eval' to script-src of the Content Security Policy, on the page and on the response of worker.js"
      : "Serve the package's sqlite3.wasm beside its index.js"
  throw unavailable(`SQLite could not be loaded: ${loaded.message}. ${remedy}`, loaded.message)
}
