/**
 * The composition root of the daemon: database, engine, clock, randomness, hashing, server and sockets meet here, and
 * nowhere else.
 */

import { hash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { metabuilderMigrations } from '../migrations/index.ts'
import type { Driver, Statement } from '../src/drivers/driver.ts'
import { keepResults } from '../src/engine/cache/result-cache.ts'
import { Engine } from '../src/engine/engine.ts'
import { joinWrites } from '../src/engine/joined-writes.ts'
import type { Migration } from '../src/engine/migrate/migration.ts'
import type { PasswordReset } from '../src/engine/passwords.ts'
import { DBALError } from '../src/protocol/error.ts'
import { defaultLimits } from '../src/protocol/limits.ts'
import { publicPrincipal } from '../src/protocol/principal.ts'
import type { Schema } from '../src/schema/define.ts'
import { serveCaller } from '../src/serve/serve-caller.ts'
import { isFrom, isLoopback, readProxies } from './addresses.ts'
import { AuditFile } from './audit-file.ts'
import { bootstrap } from './bootstrap.ts'
import { Buckets } from './buckets.ts'
import { checkConfiguration } from './config/check.ts'
import { problemOf } from './config/files.ts'
import { ConfigError, readConfiguration } from './config/read.ts'
import type { DaemonConfig, DaemonConfigInput } from './config/shape.ts'
import { definitionOf } from './definition.ts'
import { endTransactions } from './end-transactions.ts'
import { createGuard, createSharedGuard } from './guard.ts'
import { answerHttp, type Probe } from './http.ts'
import { createLog } from './log.ts'
import { createMetrics } from './metrics.ts'
import { openDriver, withDialect } from './open-driver.ts'
import { createPasswords } from './passwords.ts'
import { SharedLimits } from './shared-limits.ts'
import { SignInAttempts } from './sign-in-attempts.ts'
import { type SocketServer, serveSockets } from './socket-server.ts'
import { toDatabaseError, toListenError } from './start-errors.ts'
import { connectSystem } from './system.ts'
import { readTls, type TlsFiles } from './tls.ts'
import { version } from './version.ts'

/** What cannot be written in a configuration file. */
export interface DaemonParts {
  /** Default: that of `schema.file`, else the MetaBuilder schema. */
  readonly schema?: Schema
  /** Default: none for an own schema. */
  readonly migrations?: readonly Migration[]
  /** A database that is open already, such as `openPrisma(prisma)`; it is closed with the daemon. Default: `database`. */
  readonly driver?: Driver
  /** Sends a user the token for a new password; without it asking for one is CAPABILITY_NOT_SUPPORTED. */
  readonly sendReset?: (reset: PasswordReset) => unknown
  /** Default: one made by `logging`. */
  readonly log?: Logger
  /** Told the line with the password of the first administrator. Default: standard error. */
  readonly announce?: (line: string) => void
}

export interface Daemon {
  /** `ws://127.0.0.1:50051` */
  readonly endpoint: string
  readonly port: number
  /** Lets what runs finish, closes every connection with 1001, then the database. Safe to call twice. */
  stop(): Promise<void>
}

const demoOrigins = ['http://localhost:5173']
const followEveryMs = 1_000
const sweepEveryMs = 60_000
const forgetEveryMs = 3_600_000
/** Whoever asks for `/health` is answered by then, whatever the database does. */
const probeMs = 3_000
const ping: Statement = { sql: 'select 1', columns: ['integer'] }

/**
 * Opens the database and serves it.
 * @param config sections and keys as in the YAML file; the environment is not read
 * @throws ConfigError naming the key; DBALError when the database cannot be brought to its schema
 */
export async function startDaemon(config: DaemonConfigInput = {}, parts: DaemonParts = {}): Promise<Daemon> {
  return startWith(readConfiguration(config), parts)
}

/** @param config read and complete */
export async function startWith(config: DaemonConfig, parts: DaemonParts = {}): Promise<Daemon> {
  checkConfiguration(config, parts.driver)
  const log = parts.log ?? createLog(config.logging)
  const { schema, migrations } = await definitionOf(config, parts, metabuilderMigrations)
  const tls = await readTls(config.server)
  const { driver, dialect, release } = parts.driver
    ? withDialect(parts.driver)
    : await openDriver(config.database, config.performance.connection_pool_size).catch((error: unknown) => {
        throw toDatabaseError(error, config.database)
      })
  const passwords = createPasswords()
  let engine: Engine
  const metrics = createMetrics(() => sockets?.count() ?? { active: 0, total: 0 })
  const report = (cause: unknown, incident: string = randomUUID()): string => {
    metrics.incident()
    log.error({ incident, err: cause }, 'incident')
    return incident
  }
  try {
    engine = await Engine.open({
      schema,
      migrations,
      driver,
      dialect,
      sandbox: config.security.sandbox,
      auditLog: config.security.audit_log,
      registration: config.security.registration,
      limits: limitsOf(config),
      ...(config.performance.cache_enabled && {
        keepResults: keepResults({
          maxBytes: config.performance.cache_size_mb * 2 ** 20,
          onLook: (isKept) => metrics.cacheLook(isKept),
        }),
      }),
      // Whatever sockets have brought by the end of this round of the event loop.
      joinWrites: joinWrites(setImmediate),
      clock: { now: () => Date.now(), after },
      random: { bytes: (count) => randomBytes(count) },
      sha256: (text) => hash('sha256', text),
      passwords,
      ...(parts.sendReset && { sendReset: parts.sendReset }),
      onEvent: (event) => log.info({ event }, 'opening'),
      onIncident: (incident, cause) => report(cause, incident),
    })
  } catch (error) {
    await driver.close()
    release?.()
    throw parts.driver ? error : toDatabaseError(error, config.database)
  }
  let sockets: SocketServer | undefined
  let server: Server | undefined
  try {
    if (schema.name === 'metabuilder') await makeAdministrator()
    const auditFile = await openAuditFile()
    const limits = await openSharedLimits()
    const guard = limits ? createSharedGuard(limits, (cause) => void report(cause)) : guardOf(config)
    let isReady = false
    server = createServer(config, tls)
    const trustedProxies = readProxies(config.server.trusted_proxies)
    const watchers = readProxies(config.server.metrics_from)
    sockets = serveSockets({
      server,
      letIn: ({ emit, ...caller }) =>
        serveCaller({
          ...caller,
          engine,
          principal: publicPrincipal,
          maxFrameRequests: defaultLimits.maxFrameRequests,
          emit(event) {
            if (event.type === 'slowQuery') {
              metrics.slowQuery()
              log.warn(event, 'slow query')
            }
            emit(event)
          },
          report,
        }),
      guard,
      version: engine.version,
      allowedOrigins: config.server.allowed_origins ?? (isLoopback(config.server.host) ? demoOrigins : []),
      trustedProxies,
      maxConnections: config.server.max_connections,
      maxFrameBytes: config.server.max_frame_bytes,
      maxFrameRequests: defaultLimits.maxFrameRequests,
      publicAccess: config.security.public_access,
      signInWithinMs: config.security.sign_in_timeout,
      pingEveryMs: config.server.ping_interval,
      idleMs: config.server.idle_timeout,
      stallMs: 30_000,
      endTransactions: () => endTransactions(engine, () => driver.now()),
      observer: {
        connected: (address) => log.debug({ address }, 'connected'),
        disconnected: (code) => log.debug({ code }, 'disconnected'),
        refused(reason, address) {
          metrics.refused(reason)
          log.warn({ reason, address }, 'handshake refused')
        },
        answered: (answered) => metrics.answered(answered),
        dropped(reason, address) {
          metrics.dropped(reason)
          log.warn({ reason, address }, 'connection dropped')
        },
      },
    })
    const { count, drain } = sockets
    server.on(
      'request',
      answerHttp({
        version,
        metrics,
        connections: count,
        probe: () => probe(driver),
        mayWatch: (request) => isFrom(request, watchers, trustedProxies),
        isReady: () => isReady,
      }),
    )
    await listen(server, config)
    isReady = true
    const following = setInterval(() => {
      auditFile?.follow().catch((error: unknown) => report(error))
    }, followEveryMs)
    following.unref()
    const forgetting = setInterval(() => {
      engine.forgetLostClients().catch((error: unknown) => report(error))
    }, forgetEveryMs)
    forgetting.unref()
    const sweeping = setInterval(() => {
      limits?.sweep().catch((error: unknown) => report(error))
    }, sweepEveryMs)
    sweeping.unref()
    const { port } = server.address() as AddressInfo
    const endpoint = `${config.server.tls.enabled ? 'wss' : 'ws'}://${hostOf(config.server.host)}:${port}`
    log.info({ endpoint, version, schemaVersion: engine.version }, 'serving')
    let stopping: Promise<void> | undefined
    const stop = async () => {
      isReady = false
      clearInterval(sweeping)
      clearInterval(forgetting)
      clearInterval(following)
      log.info('draining')
      const closed = server && new Promise((resolve) => server?.close(resolve))
      await drain(config.server.drain_timeout)
      server?.closeAllConnections()
      await closed
      await auditFile?.follow().catch((error: unknown) => report(error))
      await engine.close()
      release?.()
      log.info('stopped')
    }
    return {
      endpoint,
      port,
      stop() {
        stopping ??= stop()
        return stopping
      },
    }
  } catch (error) {
    server?.close()
    await engine.close()
    release?.()
    throw error
  }

  async function openSharedLimits(): Promise<SharedLimits | null> {
    const { rate_limit, sign_in_failures_per_address } = config.security
    const { enabled, store, requests_per_minute: perMinute, burst } = rate_limit
    if (!enabled || store === 'memory') return null
    return await SharedLimits.open({
      driver,
      words: dialect.transaction,
      perMinute,
      burst,
      mostAttempts: sign_in_failures_per_address,
      windowMs: defaultLimits.signInWindowMs,
    })
  }

  async function openAuditFile(): Promise<AuditFile | null> {
    const { audit_log_path: path, audit_log_max_bytes: maxBytes, audit_log_keep: keep } = config.security
    if (path === undefined) return null
    try {
      const file = await AuditFile.open({ system: connectSystem(engine), path, maxBytes, keep })
      await file.follow()
      return file
    } catch (error) {
      if (error instanceof DBALError) throw error
      throw new ConfigError([problemOf('security.audit_log_path', path, error)])
    }
  }

  async function makeAdministrator(): Promise<void> {
    const system = connectSystem(engine)
    const username = await bootstrap({
      system,
      passwords,
      given: config.security.bootstrap,
      announce: parts.announce ?? ((line) => process.stderr.write(`${line}\n`)),
    })
    system.close()
    if (username !== null) log.info({ username }, 'administrator created')
  }
}

function limitsOf({ performance, logging, security }: DaemonConfig) {
  return {
    queryTimeoutMs: performance.query_timeout,
    maxTransactionMs: performance.transaction_timeout,
    maxTransactionIdleMs: Math.min(performance.transaction_timeout, defaultLimits.maxTransactionIdleMs),
    ...(security.rate_limit.enabled && {
      transactionMsPerMinute: security.rate_limit.transaction_time_per_minute,
    }),
    maxComplexity: performance.max_query_complexity,
    slowQueryMs: logging.slow_query_threshold_ms,
    accessTokenMs: security.access_token_lifetime,
    refreshTokenMs: security.refresh_token_lifetime,
  }
}

function guardOf({ security }: DaemonConfig) {
  const { enabled, requests_per_minute: perMinute, burst } = security.rate_limit
  return createGuard(
    enabled ? new Buckets({ perMinute, burst }) : null,
    new SignInAttempts({
      most: security.sign_in_failures_per_address,
      windowMs: defaultLimits.signInWindowMs,
    }),
  )
}

function createServer({ server: config }: DaemonConfig, tls: TlsFiles | null): Server {
  const { max_connections, handshake_timeout: timeout } = config
  const times = {
    headersTimeout: timeout,
    requestTimeout: timeout,
    keepAliveTimeout: 5_000,
    // Node looks every 30 s; until then somebody could hold every place with connections that say nothing.
    connectionsCheckingInterval: Math.ceil(timeout / 4),
  }
  const server = tls
    ? createHttpsServer({
        ...times,
        ...tls,
        handshakeTimeout: timeout,
        minVersion: 'TLSv1.2',
        ...(tls.ca && { requestCert: true, rejectUnauthorized: true }),
      })
    : createHttpServer(times)
  server.maxHeadersCount = 100
  // Beside the sockets there must be room to ask for /health.
  server.maxConnections = max_connections + 100
  // Bytes that are no HTTP: the connection ends, and nobody else's.
  server.on('clientError', (_error, stream) => stream.destroy())
  return server
}

async function listen(server: Server, { server: config }: DaemonConfig): Promise<void> {
  server.listen(config.port, config.host)
  await once(server, 'listening').catch((error: unknown) => {
    throw toListenError(error, config)
  })
}

const hostOf = (host: string): string => (host.includes(':') ? `[${host}]` : host)

async function probe(driver: Driver): Promise<Probe> {
  const startedAt = performance.now()
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), probeMs)
  })
  const connected = await Promise.race([answers(driver), late])
  clearTimeout(timer)
  const passed = performance.now() - startedAt
  return { connected, latency_ms: connected ? Math.round(passed * 1_000) / 1_000 : Math.round(passed) }
}

async function answers(driver: Driver): Promise<boolean> {
  try {
    const connection = await driver.acquire()
    try {
      await connection.execute(ping, [], driver.now() + probeMs)
    } finally {
      if (!driver.synchronous) connection.release()
    }
    return true
  } catch {
    return false
  }
}

function after(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds)
  timer.unref()
  return () => clearTimeout(timer)
}
