/** Every key of the configuration: what it may be, and its default. docs/guide/daemon.md tells what each is for. */

import { z } from 'zod'
import { readProxies } from '../addresses.ts'
import { isOrigin } from '../origins.ts'

const text = z.string().min(1).max(4_096)
const path = text
const count = (least: number, most: number) => z.number().int().min(least).max(most)
const milliseconds = count(1, 86_400_000)

const origin = text.refine(isOrigin, 'must be an origin as browsers send it: https://app.example.com')
const network = text.refine((entry) => {
  try {
    readProxies([entry])
    return true
  } catch {
    return false
  }
}, 'must be an address or a network: 10.0.0.1, 10.0.0.0/8')

const server = z.strictObject({
  host: text.default('127.0.0.1'),
  /** 0 takes any free one. */
  port: count(0, 65_535).default(50_051),
  tls: z
    .strictObject({
      enabled: z.boolean().default(false),
      cert_file: path.optional(),
      key_file: path.optional(),
      /** Clients must show a certificate signed by it. */
      ca_file: path.optional(),
    })
    .prefault({}),
  /** Default: the demo's on a loopback address, none elsewhere. */
  allowed_origins: z.array(origin).optional(),
  /** Whose X-Forwarded-For is believed. */
  trusted_proxies: z.array(network).default([]),
  /** Who may read /metrics. */
  metrics_from: z.array(network).default(['127.0.0.0/8', '::1']),
  /** Serves a network without TLS and without a trusted proxy. */
  allow_insecure: z.boolean().default(false),
  max_connections: count(1, 1_000_000).default(10_000),
  max_frame_bytes: count(1_024, 67_108_864).default(1_048_576),
  /** For the TLS handshake, and for the request that asks for a socket. */
  handshake_timeout: milliseconds.default(10_000),
  ping_interval: milliseconds.default(30_000),
  idle_timeout: milliseconds.default(600_000),
  drain_timeout: milliseconds.default(10_000),
})

const database = z.strictObject({
  /** Default: what the url says. */
  adapter: z.enum(['sqlite', 'postgresql', 'mysql']).optional(),
  url: text.optional(),
  connection: z
    .strictObject({
      host: text.optional(),
      port: count(1, 65_535).optional(),
      database: text.optional(),
      user: text.optional(),
      password: text.optional(),
      /** No `prefer`, which whoever is in between could talk out of it. */
      ssl_mode: z.enum(['disable', 'require', 'verify-ca', 'verify-full']).optional(),
      pool_size: count(1, 1_000).optional(),
      timeout: milliseconds.optional(),
    })
    .optional(),
  durability: z.enum(['strict', 'relaxed']).default('strict'),
})

const security = z.strictObject({
  sandbox: z.enum(['strict', 'permissive', 'disabled']).default('strict'),
  audit_log: z.boolean().default(true),
  /** A file that gets every entry as a line of JSON beside the table. */
  audit_log_path: path.optional(),
  audit_log_max_bytes: count(10_000, 2 ** 40).default(104_857_600),
  audit_log_keep: count(1, 10_000).default(10),
  /** Whether who is not signed in may do what the rules allow to `public`. */
  public_access: z.boolean().default(true),
  /** Whether anybody may make an account. */
  registration: z.boolean().default(true),
  sign_in_timeout: milliseconds.default(5_000),
  sign_in_failures_per_address: count(1, 1_000_000).default(30),
  access_token_lifetime: count(1_000, 31_536_000_000).default(86_400_000),
  refresh_token_lifetime: count(1_000, 31_536_000_000).default(604_800_000),
  bootstrap: z.strictObject({ username: text, password: text, email: text.optional() }).optional(),
  rate_limit: z
    .strictObject({
      enabled: z.boolean().default(true),
      requests_per_minute: count(1, 10_000_000).default(100),
      burst: count(0, 10_000_000).default(20),
      /** Where it is counted: by each daemon for itself, or by all over the database. */
      store: z.enum(['memory', 'postgres']).default('memory'),
      /** Of each minute, for which one user's transactions may keep others waiting. */
      transaction_time_per_minute: count(1, 60_000).default(20_000),
    })
    .prefault({}),
})

const schema = z.strictObject({
  /** YAML. Default: the MetaBuilder schema. */
  file: path.optional(),
})

const acl = z.strictObject({
  /** YAML: a list of rules in place of all rules of the schema. */
  rules_file: path.optional(),
})

const logging = z.strictObject({
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  format: z.enum(['json', 'pretty']).default('json'),
  slow_query_threshold_ms: count(1, 3_600_000).default(100),
})

const performance = z.strictObject({
  query_timeout: milliseconds.default(30_000),
  /** Most that a transaction may take, and be idle. */
  transaction_timeout: milliseconds.default(30_000),
  max_query_complexity: count(1, 1_000_000_000).default(1_000),
  connection_pool_size: count(1, 1_000).default(20),
  /** Whether results of reads are kept until a change can concern them. */
  cache_enabled: z.boolean().default(false),
  cache_size_mb: count(1, 65_536).default(256),
})

export const configShape = z.strictObject({
  server: server.prefault({}),
  database: database.prefault({}),
  schema: schema.prefault({}),
  security: security.prefault({}),
  acl: acl.prefault({}),
  logging: logging.prefault({}),
  performance: performance.prefault({}),
})

export type DaemonConfig = z.output<typeof configShape>
/** What is written down: everything may be left out. */
export type DaemonConfigInput = z.input<typeof configShape>
