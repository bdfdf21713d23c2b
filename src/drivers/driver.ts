/**
 * What the engine needs of a database. One file a database stands beside this contract, and `driver.cases.ts` is the
 * suite that every one of them passes.
 */

/** A value as the database takes it; booleans, dates and json were encoded by the statement's compiler. */
export type SqlValue = null | number | bigint | string | Uint8Array

/** How a result column is decoded. `integer` is a number (a bigint where a number cannot hold it), `bigint` always a bigint, `any` whatever is stored. */
export type ColumnType =
  | 'text'
  | 'integer'
  | 'number'
  | 'bigint'
  | 'boolean'
  | 'datetime'
  | 'json'
  | 'bytes'
  | 'any'

/**
 * A compiled statement. Drivers key their prepared statements by the object itself, so keep one object a shape;
 * `once` marks a statement that is not worth keeping.
 */
export interface Statement {
  readonly sql: string
  /** One a result column; empty where the statement returns no rows. */
  readonly columns: readonly ColumnType[]
  readonly once?: boolean
  /** It gives one row at most, being a read by the whole key of a table. */
  readonly single?: boolean
  /**
   * For text that a caller wrote: held to reading, and to what the guard names. `columns` is then empty and each column
   * comes as it is stored; the result has their names. Never kept prepared.
   */
  readonly guard?: ReadGuard
}

/** What a text of somebody else's may touch. Names in lower case (ASCII letters only, as SQLite compares them). */
export interface ReadGuard {
  /** Tables and views that may be read, each with those of its columns that may not. */
  readonly tables: ReadonlyMap<string, ReadonlySet<string>>
  /** Everything else that has a name in the database: a text may not give it to something of its own either. */
  readonly taken: ReadonlySet<string>
}

/** Rows in one flat list, `width` values a row. */
export interface ResultSet {
  readonly width: number
  readonly values: readonly unknown[]
  /** Rows changed by an INSERT, UPDATE or DELETE; 0 for a query. */
  readonly changes: number
  /** Of the columns, as the database calls them; for a guarded statement. */
  readonly names?: readonly string[]
}

/** Most that a statement may read. */
export interface ReadLimits {
  readonly rows: number
  /** A text, json or bytes value counts its length in bytes or UTF-16 units, whichever the driver has; any other value counts 8. */
  readonly bytes: number
}

export type TransactionMode = 'deferred' | 'immediate' | 'exclusive'

export interface Connection {
  /**
   * Runs one statement.
   * @param deadline instant in milliseconds (the driver's clock) after which it is stopped with a `DriverError` of kind `interrupted`; 0 is none.
   * @param most a query that would give more is stopped with a `DriverError` of kind `tooManyRows` or `tooManyBytes`, where
   * the database allows it before the rest is in memory; for statements that write nothing.
   * @throws DriverError
   */
  execute(
    statement: Statement,
    parameters: readonly SqlValue[],
    deadline: number,
    most?: ReadLimits,
  ): ResultSet | Promise<ResultSet>
  /** Gives the connection back; open transactions are rolled back. */
  release(): void
}

/** Of a driver with `packets`. */
export interface PacketConnection extends Connection {
  /**
   * Runs statements one after another without a way there and back for each. They are of
   * one transaction, which may begin or end with them. The first that fails is the last that is run, and all of them are
   * taken back: to a savepoint that nothing was changed behind, else the transaction is gone with them.
   * @returns what the last one gives
   * @throws DriverError
   */
  executeAll(
    all: readonly { readonly statement: Statement; readonly parameters: readonly SqlValue[] }[],
    deadline: number,
  ): Promise<ResultSet>
}

export interface DriverCapabilities {
  readonly persistence: 'opfs' | 'indexeddb' | 'memory' | 'file' | 'server'
  readonly fullTextSearch: boolean
  readonly nestedTransactions: boolean
  readonly returning: boolean
  readonly connectionPooling: boolean
  readonly readReplicas: boolean
  /** Whether it can hold a statement to its `guard`; absent for no. */
  readonly guardedReads?: boolean
  /**
   * An SQL function that looks at the clock: 1 while there is time, and the end of the statement when its deadline has
   * passed. For a driver that cannot stop a statement between its rows by itself: such a statement has to call it wherever
   * it goes round, with a value of the row that it is at. Absent where any statement can be stopped.
   */
  readonly clockFunction?: string
}

export interface StorageStats {
  /** Bytes of the database file(s). */
  readonly sizeBytes: number
  readonly pageSize: number
  readonly pageCount: number
  readonly freePages: number
  readonly cacheBytes: number
  readonly preparedStatements: number
  /** Bytes waiting in the write-ahead log; 0 where there is none. */
  readonly walBytes: number
}

/** What a process hears of the others that have the same database open. */
export interface Ears {
  /** What one has said, oneself included. Nobody vouches for it: whoever may open the database can say anything. */
  heard(text: string): void
  /** Nothing is heard from now on. */
  lost(cause: unknown): void
  /** It is again, and what was said meanwhile is not known. */
  restored(): void
}

/** Words between the processes that have one database open. */
export interface Notices {
  /** Says a text, its one parameter, when the transaction around it is committed, and not otherwise. */
  readonly say: Statement
  /** Most bytes of a text. */
  readonly mostBytes: number
  /**
   * Listens until the driver is closed; resolves when every text that is said from then on is heard. Absent where one can
   * only speak.
   * @throws DriverError
   */
  listen?(ears: Ears): Promise<void>
}

/** Which of Kysely's compilers and which DDL and functions a driver's SQL is written in. */
export type DialectName = 'sqlite' | 'postgres' | 'mysql'

/** The servers that understand the dialect `mysql`, each with words of its own. */
export type MysqlServerName = 'mariadb' | 'mysql'

export interface Driver {
  readonly dialect: DialectName
  /** Which of the servers with this dialect; absent where there is one kind alone. */
  readonly server?: MysqlServerName
  /** True when `execute` never returns a promise; the engine then awaits nothing. */
  readonly synchronous: boolean
  readonly capabilities: DriverCapabilities
  /** Its connections are `PacketConnection`s: several statements go there and back at once. */
  readonly packets?: true
  /** Most that are given out at a time; absent for one. */
  readonly connections?: number
  /** Absent where nobody else can have the database open, or where nobody could be told. */
  readonly notices?: Notices
  /** Monotonic milliseconds, the clock of deadlines. */
  now(): number
  /** A connection of one's own: a synchronous driver has one and hands it out again and again. */
  acquire(): Connection | Promise<Connection>
  stats(): StorageStats | Promise<StorageStats>
  /** Problems found by the database's own check; empty when sound. */
  checkIntegrity(): readonly string[] | Promise<readonly string[]>
  analyze(): void | Promise<void>
  vacuum(): void | Promise<void>
  /** The whole database as one SQLite file; undefined where there is no such form. */
  exportFile?(): Uint8Array | Promise<Uint8Array>
  /** Checkpoints and closes; safe to call twice. */
  close(): void | Promise<void>
}

/** Why a statement failed, from the database's code; never from its text. */
export type DriverErrorKind =
  | 'unique'
  | 'foreignKey'
  | 'notNull'
  | 'check'
  | 'type'
  | 'trigger'
  | 'interrupted'
  | 'busy'
  | 'full'
  | 'io'
  | 'corrupt'
  | 'notADatabase'
  | 'cantOpen'
  | 'readOnly'
  | 'tooBig'
  | 'tooManyRows'
  | 'tooManyBytes'
  | 'syntax'
  /** A guarded statement asked for what its guard does not allow; the message says for what. */
  | 'denied'
  | 'other'

/** @param kind which of the limits was passed */
export function readTooMuch(kind: 'tooManyRows' | 'tooManyBytes'): DriverError {
  return new DriverError(kind, kind, 'The statement reads more than it may')
}

/** Stays inside: the engine turns it into a DBALError; `cause` and the message never leave. */
export class DriverError extends Error {
  override readonly name = 'DriverError'
  readonly kind: DriverErrorKind
  /** The database's own number or SQLSTATE. */
  readonly code: number | string
  /**
   * The database has ended the open transaction with the failure (a full disk, an interrupted write): its savepoints
   * are gone and none of it stands. A `ROLLBACK` after that is allowed and does nothing.
   */
  readonly rolledBack: boolean
  constructor(
    kind: DriverErrorKind,
    code: number | string,
    message: string,
    options?: { cause?: unknown; rolledBack?: boolean },
  ) {
    super(message, options)
    this.kind = kind
    this.code = code
    this.rolledBack = options?.rolledBack ?? false
  }
}
