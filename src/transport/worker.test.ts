import { expose } from 'comlink'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { DBALError } from '../protocol/error.ts'
import type { Event } from '../protocol/event.ts'
import type { CallerMessage, Hello, HostConfig, HostPort, Outcome } from '../protocol/host.ts'
import { protocolVersion } from '../protocol/version.ts'
import type { OpenConfig } from './open-config.ts'
import { type FarEnd, transportCases } from './transport.cases.ts'
import { WorkerTransport } from './worker.ts'

// As much of a page as Node lacks; it has ports and Web Locks of its own. The rest is in e2e/worker.
beforeEach(() => {
  vi.stubGlobal('addEventListener', () => {})
  vi.stubGlobal('document', new EventTarget())
})
afterEach(() => void vi.unstubAllGlobals())

const echo: FarEnd = { answer: async ({ requests }) => requests.map(({ id }) => ({ id, result: null })) }

interface Behaviour {
  readonly farEnd?: FarEnd
  readonly hello?: object | null
  readonly open?: (config: HostConfig) => Outcome<{ persistence: 'memory'; version: number }>
  readonly connect?: (identity: unknown, clientId: string) => Outcome<null>
  readonly load?: HostPort['load']
}

/** A worker of this thread, over real ports, that speaks the host's part. */
class FakeWorker extends EventTarget {
  readonly #page: MessagePort
  readonly clients: { readonly clientId: string; readonly identity: unknown; emit(event: Event): void }[] = []
  readonly configs: HostConfig[] = []
  closedSessions = 0
  isEnded = false
  #releaseLife: () => void = () => {}

  constructor({ farEnd = echo, hello, open, connect, load }: Behaviour) {
    super()
    const { port1, port2 } = new MessageChannel()
    this.#page = port1
    port1.onmessage = ({ data }) => this.isEnded || this.dispatchEvent(new MessageEvent('message', { data }))
    const host: HostPort = {
      load: load ?? (async () => ({ ok: true })),
      open: async (config) => {
        this.configs.push(config)
        return open?.(config) ?? { ok: { persistence: 'memory', version: 7 } }
      },
      connect: async (identity, clientId, port) => {
        const answer = connect?.(identity, clientId)
        if (answer && 'error' in answer) return answer
        const own = port as MessagePort
        own.onmessage = async ({ data }: MessageEvent<CallerMessage>) => {
          if ('leave' in data) {
            this.closedSessions++
            own.postMessage({ left: true })
            return
          }
          own.postMessage({ exchange: data.exchange, replies: await farEnd.answer(data.frame) })
        }
        this.clients.push({
          clientId,
          identity,
          emit: (event) => (port as MessagePort).postMessage({ event }),
        })
        return { ok: null }
      },
      close: async () => ({ ok: null }),
    }
    expose(host, port2 as never)
    const lifeLock = `test:${lives++}`
    const word: Hello = { dbal: 'hello', protocol: protocolVersion, lifeLock }
    void navigator.locks.request(lifeLock, () => {
      if (hello !== null) port2.postMessage(hello ?? word)
      return new Promise<void>((release) => {
        this.#releaseLife = release
      })
    })
  }

  postMessage(message: unknown, transferables: Transferable[] = []): void {
    this.#page.postMessage(message, transferables)
  }

  terminate(): void {
    this.isEnded = true
    this.#page.close()
    this.#releaseLife()
  }
}

let names = 0
let lives = 0

function setupWorkers(behaviour: Behaviour | (() => Behaviour) = {}, config: Partial<OpenConfig> = {}) {
  const workers: FakeWorker[] = []
  const worker = () => {
    const made = new FakeWorker(typeof behaviour === 'function' ? behaviour() : behaviour)
    workers.push(made)
    return made as unknown as Worker
  }
  const whole: OpenConfig = {
    schema: null,
    database: { name: `test-${names++}`, durability: 'strict', persistence: 'memory', worker },
    security: { sandbox: 'strict', auditLog: true, rawSql: false },
    auth: null,
    timeoutMs: 1_000,
    ...config,
  }
  return { workers, config: whole, transport: new WorkerTransport(whole) }
}

transportCases('WorkerTransport', (farEnd) => {
  const { workers, transport } = setupWorkers({ farEnd })
  return {
    transport,
    emit: (event) => workers.at(-1)?.clients.at(-1)?.emit(event),
    lose: () => workers.at(-1)?.terminate(),
    sessions() {
      const opened = workers.flatMap(({ clients }) => clients).length
      return { opened, closed: workers.reduce((sum, { closedSessions }) => sum + closedSessions, 0) }
    },
  }
})

const reasons = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: DBALError) => error.details as { reason: string },
  )

describe('clients of one page', () => {
  test('share the worker of a database; it ends with the last of them', async () => {
    const { transport, config, workers } = setupWorkers()
    const other = new WorkerTransport({ ...config, auth: { id: 'u1', role: 'user' } })
    await Promise.all([transport.open(), other.open()])
    expect(workers).toHaveLength(1)
    expect(workers[0]?.clients.map(({ identity }) => identity)).toEqual([null, { id: 'u1', role: 'user' }])
    expect(new Set(workers[0]?.clients.map(({ clientId }) => clientId)).size).toBe(2)
    await transport.close()
    expect(workers[0]?.isEnded).toBe(false)
    await other.close()
    expect(workers[0]?.isEnded).toBe(true)
  })

  test('keep their ids over the loss of the worker', async () => {
    const { transport, workers } = setupWorkers()
    await transport.open()
    const lost = new Promise((resolve) => transport.listen(resolve))
    workers[0]?.terminate()
    expect(await lost).toMatchObject({ state: 'lost' })
    await transport.open()
    expect(workers[1]?.clients[0]?.clientId).toBe(workers[0]?.clients[0]?.clientId)
    await transport.close()
  })

  test('with another configuration: the newest wins, and the others are told why', async () => {
    const { transport, config, workers } = setupWorkers()
    const heard: Event[] = []
    transport.listen((event) => heard.push(event))
    await transport.open()
    const newest = new WorkerTransport({
      ...config,
      security: { sandbox: 'permissive', auditLog: true, rawSql: false },
    })
    await newest.open()
    expect(workers.map(({ isEnded }) => isEnded)).toEqual([true, false])
    expect(heard.at(-1)).toMatchObject({
      type: 'connection',
      state: 'closed',
      reason: expect.stringContaining('another configuration'),
    })
    await expect(transport.open()).rejects.toMatchObject({ code: 'CONFLICT' })
    await transport.close()
    expect(workers[1]?.isEnded).toBe(false)
    await newest.close()
  })

  test('that open copies of files in memory have a database each', async () => {
    const file = new Uint8Array(1)
    const { transport, config, workers } = setupWorkers({}, { file })
    const other = new WorkerTransport(config)
    await Promise.all([transport.open(), other.open()])
    expect(workers).toHaveLength(2)
    await Promise.all([transport.close(), other.close()])
  })

  test('hear what concerns the database as a whole, each of them', async () => {
    const { transport, config, workers } = setupWorkers()
    const other = new WorkerTransport(config)
    await Promise.all([transport.open(), other.open()])
    const heard: Event[] = []
    for (const each of [transport, other]) each.listen((event) => heard.push(event))
    workers[0]?.dispatchEvent(
      new MessageEvent('message', { data: { event: { type: 'storage', persistence: 'memory' } } }),
    )
    expect(heard).toEqual(Array(2).fill({ type: 'storage', persistence: 'memory' }))
    await Promise.all([transport.close(), other.close()])
  })
})

describe('what a worker is asked to open', () => {
  test('is the configuration without what concerns the page alone', async () => {
    const { transport, workers } = setupWorkers({}, { limits: { listMaximum: 7 } })
    await transport.open()
    const [config] = workers[0]?.configs ?? []
    expect(config).toEqual({
      schema: null,
      database: { name: expect.any(String), durability: 'strict', persistence: 'memory' },
      security: { sandbox: 'strict', auditLog: true, rawSql: false },
      limits: { listMaximum: 7, queryTimeoutMs: 1_000 },
    })
    await transport.close()
  })
})

describe('a worker that does not serve', () => {
  test('because its script fails: the reason is told and nothing is left', async () => {
    const worker = Object.assign(new EventTarget(), { postMessage() {}, terminate: vi.fn() })
    const { transport } = setupWorkers()
    const config = { ...setupWorkers().config }
    const failing = new WorkerTransport({
      ...config,
      database: {
        ...config.database,
        worker: () => {
          setTimeout(() => worker.dispatchEvent(Object.assign(new Event('error'), { message: '' })))
          return worker as unknown as Worker
        },
      },
    })
    expect((await reasons(failing.open()))?.reason).toMatch(/missing, is no script, or is forbidden/)
    expect(worker.terminate).toHaveBeenCalled()
    await failing.close()
    await transport.close()
  })

  test('because it cannot be made', async () => {
    const { config } = setupWorkers()
    const worker = () => {
      throw new DOMException('refused', 'SecurityError')
    }
    const failing = new WorkerTransport({ ...config, database: { ...config.database, worker } })
    await expect(failing.open()).rejects.toMatchObject({
      code: 'DATABASE_ERROR',
      details: { reason: 'refused' },
    })
    await failing.close()
  })

  test('because it is of another version', async () => {
    const { transport } = setupWorkers({ hello: { dbal: 'hello', protocol: 99 } })
    expect((await reasons(transport.open()))?.reason).toMatch(/protocol 99/)
    await transport.close()
  })

  test('because a policy forbids WebAssembly: the remedy is named', async () => {
    const { transport } = setupWorkers({ load: async () => ({ failure: 'blocked', message: 'violates' }) })
    await expect(transport.open()).rejects.toThrow(/wasm-unsafe-eval/)
    await transport.close()
  })

  test('because the database does not open: its own error is passed on, and it may be tried again', async () => {
    const error = new DBALError('CONFLICT', 'newer than the code', { version: 9 }).toWire()
    let isRefused = true
    const { transport, workers } = setupWorkers({
      open: () => (isRefused ? { error } : { ok: { persistence: 'memory', version: 1 } }),
    })
    await expect(transport.open()).rejects.toMatchObject({ code: 'CONFLICT', details: { version: 9 } })
    expect(workers[0]?.isEnded).toBe(true)
    isRefused = false
    expect(await transport.open()).toMatchObject({ version: 1 })
    await transport.close()
  })

  test('a client whose identity it refuses, and serves the others', async () => {
    const error = new DBALError('VALIDATION_ERROR', 'role', {
      issues: [{ path: 'auth.role', message: 'unknown' }],
    }).toWire()
    const { transport, config } = setupWorkers({
      connect: (identity) => (identity ? { error } : { ok: null }),
    })
    const refused = new WorkerTransport({ ...config, auth: { id: 'u1', role: 'user' } })
    await expect(refused.open()).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    await expect(transport.open()).resolves.toMatchObject({ rung: 'asset' })
    await Promise.all([transport.close(), refused.close()])
  })

  test('because it was ended before it could speak: another one is tried', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let isFirst = true
    const { transport, workers } = setupWorkers(() => {
      const behaviour = isFirst ? { hello: null } : {}
      isFirst = false
      return behaviour
    })
    const opening = transport.open()
    await vi.advanceTimersByTimeAsync(2_000)
    vi.useRealTimers()
    await expect(opening).resolves.toMatchObject({ rung: 'asset' })
    expect(workers).toHaveLength(2)
    await transport.close()
  })
})
