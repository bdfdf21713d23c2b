/**
 * From definitions to what the engine works with: every default filled in, nothing asked. What is wrong with a definition
 * is found by `read-schema.ts`; kept apart so that a page with the built-in schema alone does not load the checks.
 * A schema that was normalised before comes out as it went in.
 */

import { accessorOf } from './accessor.ts'
import type { FieldSource } from './fields.ts'
import type { EntityData, FieldData, Reference, RuleData, SchemaData } from './schema.ts'

/** A field as it is written, or as it was normalised before. */
export type LooseField = Omit<FieldSource, 'references'> & {
  readonly references?: string | Reference | undefined
}

export interface LooseEntity {
  readonly fields?: { readonly [name: string]: LooseField } | undefined
  readonly primaryKey?: readonly string[] | undefined
  readonly accessor?: string | undefined
  readonly indexes?:
    | readonly (readonly string[] | { readonly fields?: readonly string[]; readonly unique?: boolean })[]
    | undefined
  readonly search?: readonly string[] | undefined
  readonly ttl?: string | undefined
  readonly rules?: readonly RuleData[] | undefined
  readonly kind?: 'table' | 'view' | undefined
  readonly principal?: EntityData['principal'] | undefined
  readonly system?: boolean | undefined
  readonly limits?: { readonly list?: number; readonly maximum?: number } | undefined
  readonly tree?: EntityData['tree'] | undefined
}

/** `lenient` is for tables that others made: what a field does not say is left to the database, not made null. */
export function normalise(
  name: string,
  definitions: { readonly [entity: string]: LooseEntity },
  lenient = false,
): SchemaData {
  return freeze({
    name,
    entities: mapValues(definitions, (entity, name) => normaliseEntity(name, entity, lenient)),
  })
}

function normaliseEntity(name: string, entity: LooseEntity, lenient: boolean): EntityData {
  const {
    fields = {},
    accessor = accessorOf(name),
    indexes = [],
    search = [],
    ttl,
    rules = [],
    kind = 'table',
    principal,
    system = false,
    limits = {},
    tree,
  } = entity
  const marked = Object.keys(fields).filter((field) => fields[field]?.primary)
  return {
    fields: mapValues(fields, (field) => normaliseField(field, marked.length === 1, lenient)),
    primaryKey: entity.primaryKey ?? marked,
    accessor,
    indexes: indexes.map((index) => {
      const { fields = [], unique = false } = 'length' in index ? { fields: index } : index
      return { fields, unique }
    }),
    search,
    ...(ttl && { ttl }),
    rules,
    kind,
    ...(principal && { principal }),
    system,
    limits,
    ...(tree && { tree }),
  }
}

function normaliseField(field: LooseField, isWholeKey: boolean, lenient: boolean): FieldData {
  const { primary = false, references: target, onDelete = 'noAction', onUpdate = 'noAction', ...rest } = field
  const [, entity = '', other = ''] = (typeof target === 'string' && /^(.+)\.(.+)$/.exec(target)) || []
  const references =
    target && (typeof target === 'object' ? target : { entity, field: other, onDelete, onUpdate })
  // A uuid is made by the engine where it is the whole key; as a part of one it is the caller's.
  const generated =
    rest.generated ?? (primary && isWholeKey && rest.type === 'uuid' && !target ? 'id' : undefined)
  const { required = primary && !generated } = rest
  const hasDefault = rest.default !== undefined && rest.default !== null
  const { nullable = !(required || generated || primary || hasDefault || lenient) } = rest
  return {
    unique: false,
    caseInsensitive: false,
    hidden: false,
    immutable: primary,
    ...rest,
    required,
    nullable,
    ...(nullable && !required && !generated && !hasDefault && !lenient && { default: null }),
    ...(references && { references }),
    ...(generated && { generated }),
  } as FieldData
}

function mapValues<T, U>(
  object: { readonly [key: string]: T },
  map: (value: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value, key)]))
}

/** Copies nothing: freezes plain data to its depths. */
function freeze<T>(value: T): T {
  if (!Object.isFrozen(value)) {
    for (const part of Object.values(Object.freeze(value) as object)) freeze(part)
  }
  return value
}
