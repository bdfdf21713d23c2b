/** What an engine is opened with, and a caller let in with. */

import type { Driver } from '../drivers/driver.ts'
import type { Event } from '../protocol/event.ts'
import type { Limits } from '../protocol/limits.ts'
import type { Principal } from '../protocol/principal.ts'
import type { SchemaData } from '../schema/schema.ts'
import type { Sandbox } from './access/policy.ts'
import type { KeepResults } from './cache/result-cache.ts'
import type { Dialect } from './dialect.ts'
import type { Random } from './ids.ts'
import type { JoinWrites } from './joined-writes.ts'
import type { Migration } from './migrate/migration.ts'
import type { PasswordHasher, PasswordReset } from './passwords.ts'
import type { Clock } from './pipeline.ts'

export interface EngineOptions {
  readonly schema: SchemaData
  /** Numbered steps; without them the schema makes its tables itself. */
  readonly migrations?: readonly Migration[]
  readonly driver: Driver
  /** That of the driver's database. Default SQLite's. */
  readonly dialect?: Dialect
  /** `strict` enforces the rules, `permissive` records what it would deny, `disabled` asks nobody. Default `strict`. */
  readonly sandbox?: Sandbox
  /** Default true. */
  readonly auditLog?: boolean
  /** A file of somebody else's making: its tables are taken as they are. Default false. */
  readonly foreign?: boolean
  /**
   * Takes SQL text from supergods: reads only, of entities only. Not together with `strict`, whose rules would not hold for
   * it. Default false.
   */
  readonly rawSql?: boolean
  /** Tells god and supergod how their reads are carried out. For development; default false. */
  readonly explain?: boolean
  /** Whether expired rows are removed by this engine: of several over one database one is enough. Default true. */
  readonly sweeps?: boolean
  /** Keeps results of reads, and drops them when a change can concern them: `keepResults(…)`. Default: none are kept. */
  readonly keepResults?: KeepResults
  readonly limits?: Partial<Limits>
  /**
   * Joins single writes of several sessions into one transaction: `joinWrites(…)`. Default: each has a transaction of its own.
   */
  readonly joinWrites?: JoinWrites
  readonly clock: Clock
  readonly random: Random
  /** SHA-256 of a text in UTF-8, in hexadecimal digits, of the host's own: every audit entry has one. Default: in JavaScript. */
  readonly sha256?: (text: string) => string
  readonly passwords: PasswordHasher
  /** Whether anybody may make an account by `auth.register`. Default true. */
  readonly registration?: boolean
  /**
   * Sends a user the token for a new password; without it `auth.requestReset` is CAPABILITY_NOT_SUPPORTED. Whoever asked does
   * not wait for it, and hears nothing of its failure: that would tell who has an account.
   */
  readonly sendReset?: (reset: PasswordReset) => unknown
  /** Told of migrations while opening, when there are no sessions yet. */
  readonly onEvent?: (event: Event) => void
  /** Told of every failure whose cause may not leave the engine, with the incident id that the caller got. */
  readonly onIncident?: (incident: string, cause: unknown) => void
}

export interface ConnectOptions {
  readonly principal: Principal
  /** Kept by the client over reconnections: under it the outcomes of its writes are recorded. */
  readonly clientId: string
  readonly emit: (event: Event) => void
  /**
   * True while what was sent is piling up on its way. Changes of live queries are then not sent but joined, until
   * `Session.resume` is called. Default: never.
   */
  readonly isBusy?: () => boolean
}
