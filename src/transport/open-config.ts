/**
 * What a client asks a host to open, and as whom. Plain data apart from `database.worker`, so that the rest of it crosses
 * to a worker as it is.
 */

import type { Limits } from '../protocol/limits.ts'
import type { Role } from '../protocol/principal.ts'
import type { EntityRule } from '../schema/define.ts'
import type { SchemaData } from '../schema/schema.ts'

/** A numbered step there and back; what a step may be is in docs/guide/migrations.md, and the host checks it. */
export interface MigrationSource {
  readonly version: number
  readonly name: string
  readonly up: readonly (string | object)[]
  readonly down: readonly (string | object)[]
}

/** Who the app says is signed in; the row need not exist. */
export interface Identity {
  readonly id: string
  readonly role: Role
  readonly username?: string
  readonly email?: string
  readonly session?: string
}

export interface OpenConfig {
  /** Of a daemon, which then decides everything else but `auth` and `timeoutMs`. Absent: a worker of this page. */
  readonly endpoint?: string
  /** Null with `file`: the host introspects it. */
  readonly schema: SchemaData | null
  /** Stand in place of all rules of an introspected schema. */
  readonly rules?: readonly EntityRule[]
  /** Absent: the host's own for the built-in schema, none for another. */
  readonly migrations?: readonly MigrationSource[]
  readonly database: {
    readonly name: string
    readonly durability: 'strict' | 'relaxed'
    readonly persistence: 'preferred' | 'required' | 'memory'
    /** The worker to use in place of the package's own; never sent to it. */
    readonly worker?: (() => Worker) | undefined
  }
  readonly security: {
    readonly sandbox: 'strict' | 'permissive' | 'disabled'
    readonly auditLog: boolean
    readonly rawSql: boolean
  }
  /** Null is `public`. With `file` and without `rules` the host makes the opener supergod. */
  readonly auth: Identity | { readonly token: string } | null
  /** An SQLite file whose copy becomes the database; `database.name` must not exist yet unless it is in memory. */
  readonly file?: Uint8Array<ArrayBuffer>
  /** Deadline of one statement; the host answers TIMEOUT. */
  readonly timeoutMs: number
  readonly limits?: Partial<Limits>
}
