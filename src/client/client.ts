/**
 * The typed face of a database. Every call becomes a request of `src/protocol/operations.ts`; entities are properties named
 * by their accessors (`client.users`), made from the schema.
 */

import type { Ready } from '../protocol/event.ts'
import type { Explained } from '../protocol/explain.ts'
import type { Schema } from '../schema/define.ts'
import type { EntityName } from '../schema/infer.ts'
import { metabuilderSchema } from '../schema/metabuilder/index.ts'
import type { SchemaData } from '../schema/schema.ts'
import { type AuditSurface, auditSurface } from './audit.ts'
import { type AuthSurface, authSurface } from './auth.ts'
import { type ClientEvents, Connection } from './connection.ts'
import { createTransport } from './create-transport.ts'
import type { Capabilities, Integrity, Stats } from './database.ts'
import { type BatchOf, type BatchResults, type EntityHandle, entityHandle, type HandleOf } from './entity.ts'
import { keepConnection } from './internals.ts'
import { type MigrationsSurface, migrationsSurface } from './migrations.ts'
import type { TransactionOptions } from './open-transaction.ts'
import {
  type ClientOptions,
  type OpenFileOptions,
  readFile,
  readFileOptions,
  readOptions,
} from './options.ts'
import { setOrigin } from './origin.ts'
import { type SqlSurface, sqlSurface } from './sql.ts'
import {
  type AccessorsBeside,
  defineAccessors,
  entityData,
  runTransaction,
  type Transaction,
} from './transaction.ts'
import { type UnsupportedGroup, unsupported, unsupportedGroup } from './unsupported.ts'

export type MetabuilderSchema = typeof metabuilderSchema

/** @typeParam S `typeof schema` */
export type DBALClient<S extends Schema = MetabuilderSchema> = ClientCore<S> &
  AccessorsBeside<S, keyof ClientCore<Schema>>

export class ClientCore<S extends Schema> {
  /** The schema in use. */
  readonly schema: SchemaData
  /** Which storage was reached, and how. Rejects when the database cannot be opened; calls then reject with the same error. */
  readonly ready: Promise<Ready>
  /** Who did what: for admin and above. */
  readonly audit: AuditSurface
  readonly migrations: MigrationsSurface
  /** SQL text: for supergods of a database that takes it. */
  readonly sql: SqlSurface
  /** Signing in and out, where the schema has the built-in users. */
  readonly auth: AuthSurface
  readonly backup: UnsupportedGroup<'backup'>
  readonly #connection: Connection
  readonly #handles = new Map<string, EntityHandle<Schema, string>>()

  constructor(options: ClientOptions<S> | Opened = {}) {
    const { connection, schema } = options instanceof Opened ? options : connect(options, metabuilderSchema)
    this.#connection = connection
    keepConnection(this, connection)
    this.schema = schema
    this.ready = connection.ready
    this.audit = auditSurface(connection)
    this.migrations = migrationsSurface(connection)
    this.sql = sqlSurface(connection)
    this.auth = authSurface(connection, options instanceof Opened ? {} : options.auth)
    this.backup = unsupportedGroup('backup')
    defineAccessors(this as unknown as ClientCore<Schema>, schema)
  }

  /**
   * Opens a copy of any SQLite file; its schema is read from it. Entity names are the names of its tables and views.
   * @throws DBALError VALIDATION_ERROR when it is no SQLite file, DATABASE_ERROR when it is damaged
   */
  static async openFile(
    file: Blob | ArrayBuffer | Uint8Array,
    options: OpenFileOptions = {},
  ): Promise<ClientCore<Schema>> {
    const config = { ...readFileOptions(options), file: await readFile(file) }
    const connection = new Connection(createTransport(config), config.timeoutMs)
    try {
      await connection.ready
      const schema = (await connection.call('database.schema', [])) as SchemaData
      return new ClientCore<Schema>(new Opened(connection, schema))
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  /** @throws DBALError CAPABILITY_NOT_SUPPORTED in this version */
  static fromPort(_port: MessagePort): ClientCore<Schema> {
    throw unsupported('fromPort')
  }

  /**
   * Any entity of the schema by its name.
   * @throws DBALError VALIDATION_ERROR for a name that is none
   */
  entity<E extends EntityName<S>>(name: E): HandleOf<S, E> {
    const data = entityData(this.schema, name)
    const known = this.#handles.get(name)
    const handle = known ?? entityHandle(name, this.schema, this.#connection)
    if (!known) {
      const client = this as unknown as ClientCore<Schema>
      this.#handles.set(name, setOrigin(handle, { client, entity: name, primaryKey: data.primaryKey }))
    }
    return handle as HandleOf<S, E>
  }

  /** Runs calls made by `client.users.op.…` in one round trip: all of them take effect, or none. */
  batch<const Calls extends readonly BatchOf<unknown>[]>(calls: Calls): Promise<BatchResults<Calls>> {
    return this.#connection.call('batch', [calls]) as Promise<BatchResults<Calls>>
  }

  /**
   * Runs the work in a transaction: all that it does through `tx` takes effect when it is done, or none of it. An error that
   * it throws undoes everything and is thrown again. Meanwhile calls of everybody else wait, also those that the work makes
   * through the client itself.
   * @throws DBALError TIMEOUT when a limit in time ended it or its turn did not come, DATABASE_ERROR when it was lost with
   * the connection; nothing of it is left then
   */
  async transaction<T>(
    work: (tx: Transaction<S>) => T | Promise<T>,
    options?: TransactionOptions,
  ): Promise<T> {
    return runTransaction(await this.#connection.begin(options), this.schema, work)
  }

  /** @throws DBALError CAPABILITY_NOT_SUPPORTED in this version */
  grant(_to: { as: string; entities?: readonly string[]; operations?: readonly string[] }): MessagePort {
    throw unsupported('grant')
  }

  /**
   * Carries out a read made by `client.users.op.…` and tells how: the plan of each statement that it took, its time and its
   * rows. For god and supergod, in development.
   * @throws DBALError as the read itself; CAPABILITY_NOT_SUPPORTED for what is no read, and where plans are not told
   */
  explain(read: BatchOf<unknown>): Promise<Explained> {
    return this.#connection.call('explain', [read]) as Promise<Explained>
  }

  /** What the storage in use can do. */
  capabilities(): Promise<Capabilities> {
    return this.#connection.call('getCapabilities', []) as Promise<Capabilities>
  }

  /** Size, pages, cache and counts. For admin and above. */
  stats(): Promise<Stats> {
    return this.#connection.call('stats', []) as Promise<Stats>
  }

  /** SQLite's own check of the whole file and of its foreign keys. For admin and above. */
  checkIntegrity(): Promise<Integrity> {
    return this.#connection.call('checkIntegrity', []) as Promise<Integrity>
  }

  /** The whole database as an SQLite file. For god and above. */
  export(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#connection.call('database.export', []) as Promise<Uint8Array<ArrayBuffer>>
  }

  /** Renews the statistics that the query planner goes by. For god and above. */
  async analyze(): Promise<void> {
    await this.#connection.call('database.analyze', [])
  }

  /** Rewrites the file without its empty pages. For god and above. */
  async vacuum(): Promise<void> {
    await this.#connection.call('database.vacuum', [])
  }

  /** @returns the removal of the listener */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void {
    return this.#connection.on(name, listener)
  }

  /** Waits for calls under way, then ends the connection. Later calls reject with DATABASE_ERROR. Safe to call twice. */
  close(): Promise<void> {
    return this.#connection.close()
  }
}

/** A connection that stands already, with its schema. */
export class Opened {
  readonly connection: Connection
  readonly schema: SchemaData

  constructor(connection: Connection, schema: SchemaData) {
    this.connection = connection
    this.schema = schema
  }
}

/** @param builtin the schema when the options name none */
export function connect<S extends Schema>(options: ClientOptions<S>, builtin: SchemaData): Opened {
  const config = readOptions(options as ClientOptions<never>, builtin)
  const connection = new Connection(options.transport ?? createTransport(config), config.timeoutMs)
  return new Opened(connection, config.schema)
}

interface DBALClientConstructor {
  /**
   * Connects at once; calls may be made before `ready`.
   * @throws DBALError VALIDATION_ERROR naming the option that is wrong
   */
  new <S extends Schema = MetabuilderSchema>(options?: ClientOptions<S>): DBALClient<S>
  openFile(file: Blob | ArrayBuffer | Uint8Array, options?: OpenFileOptions): Promise<DBALClient<Schema>>
  fromPort(port: MessagePort): DBALClient<Schema>
}

export const DBALClient = ClientCore as unknown as DBALClientConstructor
