/**
 * One worker for a database in a page, whoever asks: clients of different identities, the same module loaded twice, and
 * what hot replacement leaves behind. The registry stands on the page's global object for that reason.
 *
 * Clients that ask for the same configuration share the worker. When one asks for another (an edited schema after a hot
 * replacement), the newest wins: the worker is closed in order, the older clients are told, and a new worker is started.
 */

import { DBALError } from '../protocol/error.ts'
import type { Event } from '../protocol/event.ts'
import type { HostConfig } from '../protocol/host.ts'
import { protocolVersion } from '../protocol/version.ts'
import { randomId } from './random-id.ts'
import { Tab } from './tabs.ts'
import { unavailable } from './unavailable.ts'
import type { RunningWorker } from './worker-running.ts'
import { startWorker } from './worker-start.ts'

/** A client of this page. */
export interface HostClient {
  /** Told what concerns the database as a whole. */
  onEvent(event: Event): void
}

export interface HostRequest {
  readonly config: HostConfig
  readonly worker: (() => Worker) | undefined
  readonly timeoutMs: number
}

type Registry = Map<string, WorkerHost>

/**
 * The page's host of a database; it lives until its last client has left.
 * @throws DBALError CONFLICT for a file that is to be kept under the name of an open database
 */
export function joinHost(request: HostRequest, client: HostClient): WorkerHost {
  const { file, database } = request.config
  const registry = pageRegistry()
  const key = keyOf(request.config)
  const fingerprint = JSON.stringify({ ...request.config, file: undefined })
  let host = registry.get(key)
  if (host && file) {
    const message = `There is a database "${database.name}" already; open the file under another name`
    throw new DBALError('CONFLICT', message, { reason: 'the name is taken' })
  }
  if (host && host.fingerprint !== fingerprint) {
    host.replace()
    host = undefined
  }
  if (!host) {
    const made: WorkerHost = new WorkerHost(request, fingerprint, () => {
      if (registry.get(key) === made) registry.delete(key)
    })
    registry.set(key, made)
    host = made
  }
  host.add(client)
  return host
}

/**
 * Another version of the package on the same page has hosts of its own, and waits for the lock like another tab. A
 * database in memory is another one than that of the same name in files; two copies of files in memory are two databases.
 */
function keyOf({ database: { name, persistence }, file }: HostConfig): string {
  const place = persistence === 'memory' ? `memory${file ? randomId() : ''}` : 'files'
  return `${protocolVersion}:${place}:${name}`
}

function pageRegistry(): Registry {
  const page = globalThis as { [registryKey]?: Registry }
  page[registryKey] ??= new Map()
  return page[registryKey]
}

const registryKey = Symbol.for('@metabuilder/dbal')

export class WorkerHost {
  readonly fingerprint: string
  readonly #request: HostRequest
  readonly #forget: () => void
  readonly #tab: Tab<RunningWorker>
  readonly #clients = new Set<HostClient>()
  readonly #listening = new AbortController()
  #closing: Promise<void> | null = null
  #ended: DBALError | null = null
  #isFirstWorker = true

  constructor(request: HostRequest, fingerprint: string, forget: () => void) {
    this.#request = request
    this.fingerprint = fingerprint
    this.#forget = forget
    const { worker } = request
    let { config } = request
    const locks = navigator.locks as LockManager | undefined
    this.#tab = new Tab<RunningWorker>({
      database: config.database.name,
      locks,
      isShared: config.database.persistence !== 'memory',
      start: async (signal) => {
        const onEvent = (event: Event) => this.#emit(event)
        const running = await startWorker(worker, { config, locks, onEvent }, signal)
        // What was kept is opened again as it stands; a copy in memory is made anew.
        if (running.holdsFiles) config = { ...config, file: undefined }
        void this.#reportStorage(running)
        return running
      },
      onWaiting: () =>
        this.#emit({ type: 'connection', state: 'waiting', reason: 'another tab holds the database' }),
      onLost: (reason) => this.#emit({ type: 'connection', state: 'lost', reason }),
    })
    this.#followPage()
  }

  add(client: HostClient): void {
    this.#clients.add(client)
  }

  /** Resolves with the serving worker. */
  lead(): Promise<RunningWorker> {
    return this.#ended ? Promise.reject(this.#ended) : this.#tab.lead(this.#request.timeoutMs)
  }

  /** The client leaves; with the last one the database is closed. */
  async leave(client: HostClient): Promise<void> {
    this.#clients.delete(client)
    if (this.#clients.size > 0) return
    await this.#close(unavailable('The database is closed', 'closed'))
  }

  /** Another configuration takes the database over. */
  replace(): void {
    const reason = 'another client of this page opened the database with another configuration'
    // No DATABASE_ERROR: that one is worth another try.
    void this.#close(new DBALError('CONFLICT', `This client was replaced: ${reason}`, { reason }))
    this.#emit({ type: 'connection', state: 'closed', reason })
  }

  #close(reason: DBALError): Promise<void> {
    this.#ended ??= reason
    this.#forget()
    this.#closing ??= this.#tab.close(this.#ended).finally(() => this.#listening.abort())
    return this.#closing
  }

  #emit(event: Event): void {
    for (const client of [...this.#clients]) client.onEvent(event)
  }

  /** A page that is left or frozen keeps nothing that another tab waits for; when it comes back it joins anew. */
  #followPage(): void {
    const options = { signal: this.#listening.signal }
    const leave = () => this.#tab.suspend()
    const back = () => this.#tab.resume()
    addEventListener('pagehide', leave, options)
    addEventListener('pageshow', ({ persisted }) => persisted && back(), options)
    document.addEventListener('freeze', leave, options)
    document.addEventListener('resume', back, options)
  }

  async #reportStorage({ opened }: RunningWorker): Promise<void> {
    const { persistence, reason } = opened
    const isFirst = this.#isFirstWorker
    this.#isFirstWorker = false
    if (persistence === 'memory') {
      const lost = isFirst ? reason : 'the worker ended, and what the database in memory held is lost'
      this.#emit({ type: 'storage', persistence, ...(lost && { reason: lost }) })
      return
    }
    this.#emit({ type: 'storage', persistence, ...(reason && { reason }) })
    // Asked for after the database is open: Firefox may show the visitor a question, and nothing waits for the answer.
    const { storage } = navigator
    const isPersisted = await storage.persist().catch(() => false)
    const { usage = 0, quota = 0 } = await storage.estimate().catch(() => ({}) as StorageEstimate)
    this.#emit({ type: 'storage', persistence, space: { isPersisted, usedBytes: usage, quotaBytes: quota } })
  }
}
