/**
 * A schema is plain data: it survives `structuredClone` and JSON, crosses to the worker and the daemon, is hashed for
 * migrations and gives the client its types. This file holds its shape after `defineSchema` has filled in every default.
 */

import type { RuleOperation } from '../protocol/operations.ts'
import type { Actor } from '../protocol/principal.ts'

/**
 * `text` is a `string` meant to be long. `datetime` is ISO 8601 UTC with milliseconds. `json` takes and gives values.
 * `bytes` is a Uint8Array. `any` is an SQLite value of whatever type (introspected files only).
 */
export type FieldType =
  | 'uuid'
  | 'string'
  | 'text'
  | 'email'
  | 'enum'
  | 'integer'
  | 'bigint'
  | 'number'
  | 'boolean'
  | 'datetime'
  | 'json'
  | 'bytes'
  | 'any'

export type ReferenceAction = 'cascade' | 'restrict' | 'setNull' | 'noAction'

export interface Reference {
  readonly entity: string
  readonly field: string
  readonly onDelete: ReferenceAction
  readonly onUpdate: ReferenceAction
}

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

export interface FieldData {
  readonly type: FieldType
  /** Must be given on create (and has no default). */
  readonly required: boolean
  /** Null is a value of it. */
  readonly nullable: boolean
  readonly default?: JsonValue
  readonly unique: boolean
  /** Compared and unique without regard to the case of ASCII letters (SQLite's NOCASE). */
  readonly caseInsensitive: boolean
  /** Least length in Unicode code points for strings, least value for numbers. */
  readonly min?: number
  readonly max?: number
  /** Source of a regular expression in Unicode mode; the whole value must match (anchors are the author's). */
  readonly pattern?: string
  /** The values of an enum. */
  readonly values?: readonly string[]
  /** What an item of a json list may be: `allowedGlobals` is a subset of these. */
  readonly subsetOf?: readonly string[]
  /** The text is source code and is looked through before it is stored: what it may not do is refused. */
  readonly scan?: 'lua'
  readonly references?: Reference
  /** The relation's name on this entity and on the other one; derived when absent in the source. */
  readonly as?: string
  readonly inverse?: string
  /** In no result, filter, event, log, audit image or error, for nobody. */
  readonly hidden: boolean
  /** Can be set on create, never changed. */
  readonly immutable: boolean
  /**
   * Set by the engine; a caller's value is refused, but `id` and `rowid` may be supplied on create. `rowid` is SQLite's own
   * number (an INTEGER PRIMARY KEY of a foreign file): null takes the next. `computed` is a generated column of a foreign
   * file: in no INSERT or UPDATE.
   */
  readonly generated?: 'id' | 'createdAt' | 'updatedAt' | 'rowid' | 'computed'
}

export interface IndexData {
  readonly fields: readonly string[]
  readonly unique: boolean
}

/** A rule widens what its roles may do; several for a role are joined by OR. */
export interface RuleData {
  readonly roles: readonly Actor[]
  readonly operations: readonly RuleOperation[]
  /** Guards the row before the operation; every row when absent. The grammar is in row-filter.ts. */
  readonly rowFilter?: string
  /** Guards the row after a write; the row filter when absent. */
  readonly check?: string
  readonly fields?: { readonly read?: readonly string[]; readonly write?: readonly string[] }
}

export interface EntityData {
  /** Fields by name, in the order of the table's columns. */
  readonly fields: { readonly [name: string]: FieldData }
  readonly primaryKey: readonly string[]
  /** The client's property for it: `users`. */
  readonly accessor: string
  readonly indexes: readonly IndexData[]
  /** Fields of full-text search. */
  readonly search: readonly string[]
  /** A datetime field after whose instant the row is in no result. */
  readonly ttl?: string
  readonly rules: readonly RuleData[]
  /** `view` is read-only. `rowid` tables without a primary key are addressed by the field `rowid`. */
  readonly kind: 'table' | 'view'
  /** Rows are callers: the field with their role. Turns on the rules against escalation (docs/reference/access.md). */
  readonly principal?: { readonly role: string }
  /** Not reachable through the generic operations by anyone: only the engine's own (Credential, Session). */
  readonly system: boolean
  readonly limits: { readonly list?: number; readonly maximum?: number }
  /** A row's parent is of the same entity and shares this field: `{ parent: 'parentId', within: 'pageId', order: 'order' }`. */
  readonly tree?: { readonly parent: string; readonly within: string; readonly order: string }
}

export interface SchemaData {
  /** Tells built-in operations apart: `metabuilder` has operations of its own. */
  readonly name: string
  readonly entities: { readonly [name: string]: EntityData }
}

/** A relation as both `include` and row filters see it. */
export interface Relation {
  readonly name: string
  readonly kind: 'one' | 'many'
  /** The other entity. */
  readonly entity: string
  /** Field on this side and on the other side that must be equal. */
  readonly localField: string
  readonly foreignField: string
}
