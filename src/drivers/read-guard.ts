/**
 * Holds a statement of somebody else's to its guard, action by action, as SQLite's authorizer names them. What is not
 * allowed by name is denied: a function, a pragma or a virtual table that SQLite will have tomorrow too.
 */

import { DriverError, type ReadGuard } from './driver.ts'

const SQLITE_PRAGMA = 19
const SQLITE_READ = 20
const SQLITE_SELECT = 21
const SQLITE_FUNCTION = 31
const SQLITE_RECURSIVE = 33

/** What the authorizer's callback answers. */
export const allowed = 0
export const denied = 1

const words = (text: string) => new Set(text.trim().split(/\s+/))

/** Pure ones of SQLite's own. Not among them: those that load code, write files, or make values of any size out of nothing. */
const functions = words(`
  abs avg ceil ceiling changes char coalesce concat concat_ws count cume_dist date datetime degrees dense_rank exp
  first_value floor format group_concat glob hex if ifnull iif instr json json_array json_array_length
  json_error_position json_extract json_group_array json_group_object json_insert json_object json_patch json_pretty
  json_quote json_remove json_replace json_set json_type json_valid jsonb jsonb_array jsonb_extract jsonb_group_array
  jsonb_group_object jsonb_insert jsonb_object jsonb_patch jsonb_remove jsonb_replace jsonb_set julianday lag
  last_value lead length like likelihood likely ln log log10 log2 lower ltrim max median min mod nth_value ntile
  nullif octet_length percent_rank percentile percentile_cont percentile_disc pi pow power printf quote radians random
  rank replace round row_number rtrim sign soundex sqlite_version sqrt strftime string_agg substr substring subtype sum
  time timediff total trim trunc typeof unhex unicode unixepoch unlikely unistr unistr_quote upper
  acos acosh asin asinh atan atan2 atanh cos cosh sin sinh tan tanh -> ->>
`)

/** That tell of one table, by its name. */
const tablePragmas = words('table_info table_xinfo index_list foreign_key_list')
/** That tell of the file and change nothing as long as they are given no value. */
const filePragmas = words('encoding freelist_count page_count page_size user_version')

const tableFunctions = new Set(['json_each', 'json_tree'])
/** Of the database, not of its users, whether they are there by now or not. */
const reserved = /^(?:sqlite_|pragma_|_dbal)/

/** ASCII letters only: SQLite tells all others apart. */
export function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** For what passes the authorizer and gives no rows, or writes. */
export function onlyQueries(): DriverError {
  return new DriverError('denied', 23, 'The text may not use anything but a query')
}

/** One statement under its guard. */
export class GuardedRead {
  readonly #guard: ReadGuard
  #denial: string | null = null

  constructor(guard: ReadGuard) {
    this.#guard = guard
  }

  /** For the callback of `sqlite3_set_authorizer`, with its arguments. */
  answer(action: number, first: string | null, second: string | null, database: string | null): number {
    const denial = this.#denialOf(action, first, second, database)
    if (denial === null) return allowed
    this.#denial ??= denial
    return denied
  }

  /** Whatever SQLite made of it: what was denied is why the statement failed. */
  failure(error: unknown): unknown {
    return this.#denial === null
      ? error
      : new DriverError('denied', 23, `The text may not use ${this.#denial}`, { cause: error })
  }

  /** Null when it is allowed. */
  #denialOf(
    action: number,
    first: string | null,
    second: string | null,
    database: string | null,
  ): string | null {
    switch (action) {
      case SQLITE_SELECT:
      case SQLITE_RECURSIVE:
        return null
      case SQLITE_READ:
        return this.#mayRead(foldName(first ?? ''), second ?? '', database)
          ? null
          : [first, second].filter(Boolean).join('.')
      case SQLITE_FUNCTION:
        return functions.has(foldName(second ?? '')) ? null : `the function ${second}`
      case SQLITE_PRAGMA:
        return this.#mayAsk(foldName(first ?? ''), second) ? null : `the pragma ${first}`
      default:
        return 'anything but a query'
    }
  }

  #mayRead(table: string, column: string, database: string | null): boolean {
    if (database !== null && foldName(database) !== 'main') return false
    if (tableFunctions.has(table)) return true
    const hidden = this.#guard.tables.get(table)
    if (hidden) return !hidden.has(foldName(column))
    // Pragmas as tables: SQLite asks for the pragma itself when it runs.
    if (table.startsWith('pragma_')) return isKnownPragma(table.slice('pragma_'.length))
    // A common table expression of which no column is read comes under the name that the text gave it.
    return column === '' && database === null && !reserved.test(table) && !this.#guard.taken.has(table)
  }

  #mayAsk(pragma: string, argument: string | null): boolean {
    if (filePragmas.has(pragma)) return argument === null
    return tablePragmas.has(pragma) && argument !== null && this.#guard.tables.has(foldName(argument))
  }
}

function isKnownPragma(name: string): boolean {
  return filePragmas.has(name) || tablePragmas.has(name)
}
