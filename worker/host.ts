/**
 * The worker's side of `src/protocol/host.ts`: one flat object for the page, one for each client's port. It opens the
 * storage and the engine, and decides who calls; what comes through a port is checked here and in `src/serve/`.
 */

import { expose } from 'comlink'
import { loadSqlite, type SqliteModule } from '../src/drivers/sqlite-wasm.ts'
import type { Engine } from '../src/engine/engine.ts'
import { DBALError, invalid } from '../src/protocol/error.ts'
import type { Event } from '../src/protocol/event.ts'
import type { EventMessage, Hello, HostPort, Loaded, Opened, WasmSource } from '../src/protocol/host.ts'
import { defaultLimits } from '../src/protocol/limits.ts'
import { type Principal, publicPrincipal } from '../src/protocol/principal.ts'
import { protocolVersion } from '../src/protocol/version.ts'
import { type OpenedConfig, readConfig } from '../src/serve/config.ts'
import type { KnownDefinitions } from '../src/serve/definition.ts'
import { principalOf, tokenOf } from '../src/serve/identity.ts'
import { openDatabase, type Platform } from '../src/serve/open-database.ts'
import { outcomeOf } from '../src/serve/outcome.ts'
import { serveCaller } from '../src/serve/serve-caller.ts'
import { answerPort } from './answer-port.ts'
import { holdLifeLock, holdLock } from './locks.ts'
import { openStorage } from './storage.ts'
import { compileWasm } from './wasm.ts'

export interface HostParts {
  readonly definitions: KnownDefinitions
  readonly platform: Platform
  /** Notes down a failure and returns the incident's id. */
  readonly report: (cause: unknown) => string
}

/** The other worker of this page or of another tab ends within moments, or not at all. */
const ownerWithinMs = 15_000

/** Call it in the tick in which the worker's script runs: the page waits for the hello. */
export async function startHost(parts: HostParts): Promise<void> {
  const host = new Host(parts)
  const port: HostPort = {
    load: (wasm) => host.load(wasm),
    open: (config) => outcomeOf(() => host.open(config), parts.report),
    connect: (identity, clientId, caller) =>
      outcomeOf(() => host.connect(identity, clientId, caller), parts.report),
    close: () => outcomeOf(() => host.close(), parts.report),
  }
  expose(port)
  const lifeLock = await holdLifeLock()
  postMessage({ dbal: 'hello', protocol: protocolVersion, ...(lifeLock && { lifeLock }) } satisfies Hello)
}

class Host {
  readonly #parts: HostParts
  #sqlite3: SqliteModule | undefined
  #config: OpenedConfig | undefined
  #engine: Engine | undefined
  #isOpening = false
  /** Of the lock on the files. */
  #release: () => void = () => {}

  constructor(parts: HostParts) {
    this.#parts = parts
  }

  async load(wasm: WasmSource): Promise<Loaded> {
    const compiled = await compileWasm(wasm)
    if (!(compiled instanceof WebAssembly.Module)) return compiled
    try {
      this.#sqlite3 = await loadSqlite({
        instantiate: (imports) => WebAssembly.instantiate(compiled, imports),
      })
    } catch (error) {
      const { cause } = error as Error
      return { failure: 'broken', message: String(cause ?? error) }
    }
    return { ok: true }
  }

  async open(value: unknown): Promise<Opened> {
    if (!this.#sqlite3 || this.#isOpening) throw invalid('open', 'comes once, after load')
    this.#isOpening = true
    const config = readConfig(value)
    const { name, persistence: wish } = config.database
    if (wish !== 'memory') this.#release = await this.#own(name)
    try {
      const opened = await this.#openEngine(this.#sqlite3, config)
      if (opened.persistence === 'memory') this.#release()
      this.#config = config
      return opened
    } catch (error) {
      this.#release()
      throw error
    }
  }

  async connect(identity: unknown, clientId: unknown, port: unknown): Promise<null> {
    if (!this.#engine || !this.#config)
      throw new DBALError('DATABASE_ERROR', 'The database is not open', { reason: 'not open' })
    if (!(port instanceof MessagePort)) throw invalid('port', 'must be a MessagePort')
    if (typeof clientId !== 'string' || !/^[\w-]{1,64}$/.test(clientId))
      throw invalid('clientId', 'must be 1 to 64 letters, digits, _ and -')
    const token = tokenOf(identity)
    const caller = serveCaller({
      engine: this.#engine,
      principal: token === null ? this.#principalOf(identity, this.#config) : publicPrincipal,
      token,
      clientId,
      maxFrameRequests: this.#config.limits.maxFrameRequests ?? defaultLimits.maxFrameRequests,
      emit: (event) => port.postMessage({ event } satisfies EventMessage),
      report: this.#parts.report,
    })
    answerPort(port, caller)
    return null
  }

  async close(): Promise<null> {
    try {
      await this.#engine?.close()
    } finally {
      this.#release()
    }
    return null
  }

  /** No files are opened before the worker that had them is gone. */
  async #own(name: string): Promise<() => void> {
    try {
      return await holdLock(`dbal:${name}:owner`, ownerWithinMs)
    } catch (cause) {
      const reason = 'another worker holds the files'
      throw new DBALError(
        'DATABASE_ERROR',
        `The files of the database "${name}" are held by another worker`,
        { reason },
        { cause },
      )
    }
  }

  async #openEngine(sqlite3: SqliteModule, config: OpenedConfig): Promise<Opened> {
    const { definitions, platform } = this.#parts
    const { driver, persistence, reason } = await openStorage(sqlite3, config)
    const onEvent = (event: Event) => postMessage({ event } satisfies EventMessage)
    this.#engine = await openDatabase({ config, definitions, driver, platform, onEvent })
    return { persistence, ...(reason && { reason }), version: this.#engine.version }
  }

  /** A file is its opener's: without rules nobody else is asked, with rules the opener may still be somebody. */
  #principalOf(identity: unknown, config: OpenedConfig): Principal {
    const isOpener = config.schema === null && (identity === null || config.rules === undefined)
    return isOpener ? { ...publicPrincipal, role: 'supergod' } : principalOf(identity)
  }
}
