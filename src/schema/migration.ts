/**
 * Migrations are data: numbered steps there and back. They survive JSON, cross to the worker, stand in the database as
 * they were applied, and are recognised by a checksum. What they do is in docs/guide/migrations.md.
 */

import type { DialectName } from '../drivers/driver.ts'
import type { FieldType, JsonValue, Reference } from './schema.ts'

export interface Migration {
  /** 1, 2, 3 …; gaps are allowed. Never changed after release, like all of it. */
  readonly version: number
  /** In words, for people: `add-page-icon`. */
  readonly name: string
  readonly up: readonly Step[]
  /** Undoes `up`, in the order in which it is to run. Rows of a table that it drops are lost. */
  readonly down: readonly Step[]
}

export type Step = SqlStep | Change

/** One or more SQL statements: one text, or one for each database that the app runs on. */
export type SqlStep = string | { readonly sql: { readonly [Name in DialectName]?: string } }

/** A change in words that every database understands. */
export type Change =
  | { readonly createEntity: NamedTable }
  /** Its rows are lost. */
  | { readonly dropEntity: string }
  | { readonly renameEntity: { readonly from: string; readonly to: string } }
  /** `fill` is what the rows get that are there already; needed where the column takes no null and has no default. */
  | {
      readonly addField: {
        readonly entity: string
        readonly name: string
        readonly column: Column
        readonly fill?: JsonValue
      }
    }
  /** Its values are lost, and so are indexes that it is part of. */
  | { readonly dropField: { readonly entity: string; readonly name: string } }
  | { readonly renameField: { readonly entity: string; readonly from: string; readonly to: string } }
  | { readonly addIndex: IndexChange }
  | { readonly dropIndex: IndexChange }
  /**
   * Makes the table anew and copies its rows: for every other change of a column or key. A column that is not named in
   * `copy` is copied from the one of the same name; one that there was not before takes its default or null.
   */
  | { readonly rebuildEntity: NamedTable & { readonly copy?: { readonly [column: string]: CopySource } } }

export interface NamedTable extends Table {
  readonly name: string
}

export interface IndexChange extends Index {
  readonly entity: string
}

/** The name of the column it comes from, or the value that every row gets. */
export type CopySource = { readonly from: string } | { readonly value: JsonValue }

/** A field as it stands in the database. Sparse: what is absent is false or not there. */
export interface Column {
  readonly type: FieldType
  readonly nullable?: true
  readonly unique?: true
  readonly caseInsensitive?: true
  readonly min?: number
  readonly max?: number
  /** Compared only as far as a CHECK can say something about it. */
  readonly pattern?: string
  readonly values?: readonly string[]
  readonly default?: JsonValue
  readonly references?: Reference
}

export interface Index {
  readonly fields: readonly string[]
  readonly unique?: true
}

export interface Table {
  /** By name, in the order of the table's columns. */
  readonly columns: { readonly [name: string]: Column }
  readonly primaryKey: readonly string[]
  readonly indexes: readonly Index[]
}

export interface Tables {
  readonly [name: string]: Table
}
