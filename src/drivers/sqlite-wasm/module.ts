/** The parts of the initialised sqlite-wasm module that the driver uses. Its own types leave the exports untyped. */

export type Pointer = number

/** SQLite's C functions as the module exports them. Pointers are numbers; 64-bit integers are bigints. */
export interface SqliteExports {
  sqlite3_malloc(bytes: number): Pointer
  sqlite3_free(pointer: Pointer): void
  sqlite3_open_v2(name: Pointer, database: Pointer, flags: number, vfs: Pointer): number
  sqlite3_close_v2(db: Pointer): number
  sqlite3_extended_result_codes(db: Pointer, on: number): number
  sqlite3_extended_errcode(db: Pointer): number
  sqlite3_errmsg(db: Pointer): Pointer
  sqlite3_get_autocommit(db: Pointer): number
  sqlite3_changes(db: Pointer): number
  sqlite3_db_status(db: Pointer, what: number, current: Pointer, highest: Pointer, reset: number): number
  sqlite3_limit(db: Pointer, which: number, value: number): number
  sqlite3_progress_handler(db: Pointer, operations: number, callback: Pointer, argument: Pointer): void
  sqlite3_set_authorizer(db: Pointer, callback: Pointer, argument: Pointer): number
  sqlite3_prepare_v3(
    db: Pointer,
    sql: Pointer,
    bytes: number,
    flags: number,
    statement: Pointer,
    tail: Pointer,
  ): number
  sqlite3_stmt_readonly(statement: Pointer): number
  sqlite3_bind_parameter_count(statement: Pointer): number
  sqlite3_bind_null(statement: Pointer, index: number): number
  sqlite3_bind_int(statement: Pointer, index: number, value: number): number
  sqlite3_bind_int64(statement: Pointer, index: number, value: bigint): number
  sqlite3_bind_double(statement: Pointer, index: number, value: number): number
  sqlite3_bind_text(
    statement: Pointer,
    index: number,
    text: Pointer,
    bytes: number,
    destructor: number,
  ): number
  sqlite3_bind_blob(
    statement: Pointer,
    index: number,
    blob: Pointer,
    bytes: number,
    destructor: number,
  ): number
  sqlite3_bind_zeroblob(statement: Pointer, index: number, bytes: number): number
  sqlite3_step(statement: Pointer): number
  sqlite3_reset(statement: Pointer): number
  sqlite3_finalize(statement: Pointer): number
  sqlite3_column_name(statement: Pointer, column: number): Pointer
  sqlite3_column_count(statement: Pointer): number
  sqlite3_column_type(statement: Pointer, column: number): number
  sqlite3_column_int(statement: Pointer, column: number): number
  sqlite3_column_int64(statement: Pointer, column: number): bigint
  sqlite3_column_double(statement: Pointer, column: number): number
  sqlite3_column_text(statement: Pointer, column: number): Pointer
  sqlite3_column_blob(statement: Pointer, column: number): Pointer
  sqlite3_column_bytes(statement: Pointer, column: number): number
  sqlite3_deserialize(
    db: Pointer,
    schema: Pointer,
    data: Pointer,
    size: bigint,
    buffer: bigint,
    flags: number,
  ): number
  sqlite3_backup_init(
    destination: Pointer,
    destinationName: Pointer,
    source: Pointer,
    sourceName: Pointer,
  ): Pointer
  sqlite3_backup_step(backup: Pointer, pages: number): number
  sqlite3_backup_finish(backup: Pointer): number
}

/** What sqlite-wasm gives for a pool of access handles. */
export interface AccessHandlePool {
  readonly vfsName: string
  reserveMinimumCapacity(handles: number): Promise<number>
  getFileNames(): string[]
  exportFile(name: string): Uint8Array
  unlink(name: string): boolean
  isPaused(): boolean
  pauseVfs(): unknown
  unpauseVfs(): Promise<unknown>
}

export interface AccessHandlePoolOptions {
  readonly name: string
  readonly directory: string
  readonly initialCapacity: number
  readonly verbosity: number
  readonly forceReinitIfPreviouslyFailed: boolean
  readonly preserveOnInitFailure: boolean
}

/** An initialised module, from `loadSqlite`. */
export interface SqliteModule {
  readonly capi: {
    sqlite3_db_config(db: Pointer, option: number, ...values: number[]): number
    sqlite3_js_db_export(db: Pointer): Uint8Array
  }
  readonly wasm: {
    readonly exports: SqliteExports
    readonly memory: WebAssembly.Memory
    allocCString(text: string): Pointer
    installFunction(signature: string, callback: (...values: number[]) => number): Pointer
    uninstallFunction(pointer: Pointer): unknown
  }
  readonly version: { readonly libVersion: string }
  /** Absent where the build or the configuration leaves it out. */
  readonly installOpfsSAHPoolVfs?: (options: AccessHandlePoolOptions) => Promise<AccessHandlePool>
}
