/** Making a schema: from definitions in code, from plain data that arrived, with other rules. */

import { invalid } from '../protocol/error.ts'
import type { RuleOperation } from '../protocol/operations.ts'
import type { Role } from '../protocol/principal.ts'
import type { AccessorOf } from './accessor.ts'
import type { Field, phantom } from './fields.ts'
import { normalise } from './normalise.ts'
import { isObject } from './read.ts'
import { readSchema } from './read-schema.ts'
import type { SchemaData } from './schema.ts'

/** Who may do what with which rows; the grammar of the filters is in docs/guide/schema.md. */
export interface RuleSource {
  readonly roles: readonly Role[]
  readonly operations: readonly RuleOperation[]
  /** Rows that the rule is about; all when absent. */
  readonly rowFilter?: string
  /** What a row must be after a write; the row filter when absent. */
  readonly check?: string
  readonly fields?: { readonly read?: readonly string[]; readonly write?: readonly string[] }
}

export interface EntitySource {
  readonly fields: { readonly [name: string]: Field }
  /** For a key of several fields in an order of its own; else the fields marked `primary`. */
  readonly primaryKey?: readonly string[] | undefined
  /** The client's property; default: the plural of the name in camelCase, `LuaScript` → `luaScripts`. */
  readonly accessor?: string | undefined
  readonly indexes?:
    | readonly (readonly string[] | { readonly fields: readonly string[]; readonly unique?: boolean })[]
    | undefined
  /** Text fields that `search` looks through. */
  readonly search?: readonly string[] | undefined
  /** A datetime field after whose instant a row is gone. */
  readonly ttl?: string | undefined
  /** Without a rule nobody may do anything. */
  readonly rules?: readonly RuleSource[] | undefined
  /** The rows are the callers, and this enum field is their role: nobody touches a row that outranks them. */
  readonly principal?: { readonly role: string } | undefined
  /** Reachable by the engine's own operations only. */
  readonly system?: boolean | undefined
  /** Rows a list gives when no limit is asked, and the most it gives. Default: 20 and 100. */
  readonly limits?: { readonly list?: number; readonly maximum?: number } | undefined
  readonly tree?: { readonly parent: string; readonly within: string; readonly order: string } | undefined
}

export type Definitions = { readonly [entity: string]: EntitySource }

/** The part of a definition that types are inferred from. */
export interface EntityShape {
  readonly fields: { readonly [name: string]: Field }
  readonly accessor: string
  /** The names of the search fields, as a union; `never` without any. */
  readonly search?: string
}

export type Shapes = { readonly [entity: string]: EntityShape }

/** What `defineSchema` leaves of its argument's type. */
export type ShapesOf<D extends Definitions> = {
  readonly [Entity in keyof D]: {
    readonly fields: D[Entity]['fields']
    readonly accessor: D[Entity] extends { readonly accessor: infer Name extends string }
      ? Name
      : AccessorOf<Entity & string>
    readonly search: D[Entity] extends { readonly search: readonly (infer Name extends string)[] }
      ? Name
      : never
  }
}

/** A schema as plain, frozen data; `S` is only a type, from which rows, inserts, updates and filters follow. */
export interface Schema<S extends Shapes = Shapes> extends SchemaData {
  readonly [phantom]?: S
}

export interface SchemaOptions {
  /** Default: `app`. */
  readonly name?: string
}

/**
 * Checks the definitions and fills in every default.
 *
 * ```ts
 * const schema = defineSchema({
 *   Note: {
 *     fields: { id: f.id(), text: f.text({ required: true }) },
 *     rules: [{ roles: ['user'], operations: ['create', 'read'] }],
 *   },
 * })
 * ```
 * @throws DBALError VALIDATION_ERROR; `details.issues` lists everything that is wrong, with its place
 */
export function defineSchema<const D extends Definitions>(
  definitions: D,
  { name = 'app' }: SchemaOptions = {},
): Schema<ShapesOf<D>> {
  return readSchema(definitions, name, false)
}

/**
 * Takes a schema that crossed a port, a socket or a file, and trusts nothing of it.
 * @param rules stand in place of the schema's own, as in `withRules`; not trusted either
 * @throws DBALError VALIDATION_ERROR
 */
export function schemaFromData(data: unknown, rules?: readonly unknown[]): Schema {
  if (!isObject(data) || typeof data.name !== 'string' || !data.name || Object.keys(data).length > 2) {
    throw invalid('schema', 'must be { name, entities }, as defineSchema and introspect make it')
  }
  const schema = readSchema(data.entities, data.name, true)
  return rules
    ? readSchema(withRules(schema, rules as readonly EntityRule[]).entities, schema.name, true)
    : schema
}

export interface EntityRule extends RuleSource {
  readonly entity: string
}

/**
 * The same schema with other rules: those given replace all of its own. Their filters and fields are checked where the
 * schema is put to use, by `schemaFromData`, so that the page need not load the checks.
 * @throws DBALError VALIDATION_ERROR for a rule over an entity that does not exist
 */
export function withRules<S extends Shapes>(schema: Schema<S>, rules: readonly EntityRule[]): Schema<S> {
  for (const [at, rule] of rules.entries()) {
    if (!isObject(rule)) throw invalid(`rules[${at}]`, 'must be an object')
    const { entity } = rule as EntityRule
    if (!Object.hasOwn(schema.entities, entity))
      throw invalid(`rules[${at}].entity`, `there is no entity ${String(entity)}`)
  }
  const entities = Object.entries(schema.entities).map(([name, data]) => [
    name,
    { ...data, rules: rules.filter(({ entity }) => entity === name).map(({ entity, ...rule }) => rule) },
  ])
  return normalise(schema.name, Object.fromEntries(entities), true)
}
