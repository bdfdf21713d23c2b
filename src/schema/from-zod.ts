/** Schemas written with zod 4: what of a zod object can be data becomes a field, what cannot is refused by name. */

import type * as zod from 'zod/v4/core'
import { DBALError, type Issue, invalidAll } from '../protocol/error.ts'
import type { AccessorOf } from './accessor.ts'
import {
  type Definitions,
  defineSchema,
  type EntitySource,
  type Schema,
  type SchemaOptions,
} from './define.ts'
import type { Field, FieldOf, FieldSource } from './fields.ts'
import type { FieldType, JsonValue } from './schema.ts'

type Objects = { readonly [entity: string]: zod.$ZodObject }

/** What zod does not say of a field: `{ references: 'Author.id', onDelete: 'cascade' }`. */
export type FieldExtras = Omit<FieldSource, 'type'>

/** What zod does not say of an entity. A field with a `type` (made by `f`) stands in place of zod's, or beside them. */
export type EntityExtras = Omit<EntitySource, 'fields'> & {
  readonly fields?: { readonly [name: string]: FieldExtras | Field } | undefined
}

type Extras<Z> = { readonly [Entity in keyof Z]?: EntityExtras }

/** The zod type behind optional, nullable, default and readonly. */
type Inner<Z> = Z extends { _zod: { def: { type: Wrapper; innerType: infer I } } } ? Inner<I> : Z
type Wrapper = 'optional' | 'nullable' | 'default' | 'prefault' | 'readonly' | 'nonoptional'
type DefOf<Z> = Inner<Z> extends { _zod: { def: infer Def } } ? Def : never

type TypeOf<Z> =
  DefOf<Z> extends { format: 'uuid' }
    ? 'uuid'
    : DefOf<Z> extends { type: 'string' }
      ? 'string'
      : DefOf<Z> extends { type: 'number' }
        ? 'number'
        : DefOf<Z> extends { type: 'bigint' }
          ? 'bigint'
          : DefOf<Z> extends { type: 'boolean' }
            ? 'boolean'
            : DefOf<Z> extends { type: 'date' }
              ? 'datetime'
              : DefOf<Z> extends { type: 'enum' | 'literal' }
                ? 'enum'
                : 'json'

type ValueOf<Z> =
  DefOf<Z> extends { type: 'date' }
    ? string
    : Z extends { _zod: { output: infer Output } }
      ? Exclude<Output, null | undefined>
      : never

type Says<Z, Type extends string> = Z extends { _zod: { def: { type: infer Own; innerType: infer I } } }
  ? Own extends Type
    ? true
    : Own extends Wrapper
      ? Says<I, Type>
      : false
  : false

type OptionsOf<Z> = (Says<Z, 'nullable'> extends true ? { nullable: true } : unknown) &
  (Says<Z, 'default' | 'prefault'> extends true
    ? { default: JsonValue }
    : Says<Z, 'optional'> extends true
      ? unknown
      : { required: true })

type FieldFrom<Z, Extra, Name> = Extra extends { readonly type: FieldType }
  ? Extra
  : FieldOf<TypeOf<Z>, ValueOf<Z>, OptionsOf<Z> & Extra & (Name extends 'id' ? { primary: true } : unknown)>

type ExtraOf<X, Entity, Name> = X extends {
  readonly [E in Entity & PropertyKey]: { readonly fields: infer F }
}
  ? Name extends keyof F
    ? F[Name]
    : unknown
  : unknown

type ExtraFields<X, Entity> = X extends { readonly [E in Entity & PropertyKey]: { readonly fields: infer F } }
  ? F
  : unknown

type ShapeOf<Z> = Z extends { _zod: { def: { shape: infer Shape } } } ? Shape : never

export type ShapesFromZod<Z extends Objects, X> = {
  readonly [Entity in keyof Z]: {
    readonly fields: {
      readonly [Name in keyof ShapeOf<Z[Entity]>]: FieldFrom<
        ShapeOf<Z[Entity]>[Name],
        ExtraOf<X, Entity, Name>,
        Name
      >
    } & {
      readonly [Name in Exclude<keyof ExtraFields<X, Entity>, keyof ShapeOf<Z[Entity]>>]: ExtraFields<
        X,
        Entity
      >[Name]
    }
    readonly accessor: X extends { readonly [E in Entity]: { readonly accessor: infer Name extends string } }
      ? Name
      : AccessorOf<Entity & string>
    readonly search: X extends {
      readonly [E in Entity]: { readonly search: readonly (infer Name extends string)[] }
    }
      ? Name
      : never
  }
}

/**
 * A schema from zod objects. A field named `id` is the primary key. Objects, arrays, records and unions become `json`, whose
 * inside the database does not check; refinements, transforms and coercion cannot be data and are refused.
 *
 * ```ts
 * const schema = fromZod(
 *   { Post: z.object({ id: z.uuid(), title: z.string().max(200), authorId: z.uuid() }) },
 *   { Post: { indexes: [['authorId']], rules: [{ roles: ['user'], operations: ['read'] }] } },
 * )
 * ```
 * @throws DBALError VALIDATION_ERROR with everything that is wrong
 */
export function fromZod<const Z extends Objects, const X extends Extras<Z> = Record<never, never>>(
  objects: Z,
  extras?: X & { readonly [Entity in Exclude<keyof X, keyof Z>]: never },
  options?: SchemaOptions,
): Schema<ShapesFromZod<Z, X>> {
  const issues: Issue[] = []
  const given: Extras<Record<string, unknown>> = extras ?? {}
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(objects, name)) issues.push({ path: name, message: 'has extras but no zod object' })
  }
  const definitions = Object.entries(objects).map(([entity, object]) => {
    const { fields: fieldExtras = {}, ...rest } =
      (Object.hasOwn(given, entity) ? given[entity] : undefined) ?? {}
    const { def } = object._zod
    if (def.checks?.length) issues.push({ path: entity, message: 'refinements of an object cannot be data' })
    const fields: Record<string, unknown> = {}
    const known: Readonly<Record<string, zod.$ZodType>> = def.shape
    for (const [name, type] of Object.entries(known)) {
      const extra = Object.hasOwn(fieldExtras, name) ? fieldExtras[name] : undefined
      const path = `${entity}.fields.${name}`
      fields[name] = extra && 'type' in extra ? extra : withExtras(name, readType(type, path, issues), extra)
    }
    for (const [name, extra] of Object.entries(fieldExtras)) fields[name] ??= extra
    return [entity, { ...rest, fields }]
  })
  return define(Object.fromEntries(definitions), options, issues) as Schema<ShapesFromZod<Z, X>>
}

/** All issues together: zod's own first. */
function define(definitions: unknown, options: SchemaOptions | undefined, issues: readonly Issue[]): Schema {
  try {
    const schema = defineSchema(definitions as Definitions, options)
    if (issues.length === 0) return schema
  } catch (error) {
    if (!(error instanceof DBALError) || !error.is('VALIDATION_ERROR')) throw error
    throw invalidAll([...issues, ...(error.details?.issues ?? [])])
  }
  throw invalidAll(issues)
}

type Mutable = { -readonly [Key in keyof FieldSource]?: FieldSource[Key] }

function withExtras(name: string, field: Mutable, extra: FieldExtras | undefined): Mutable {
  const all = { ...field, ...(name === 'id' && { primary: true }), ...extra }
  // The key and what the engine sets need not be given, whatever zod says.
  if (all.primary || all.generated) delete all.required
  return all
}

function readType(type: zod.$ZodType, path: string, issues: Issue[]): Mutable {
  const { def } = (type as zod.$ZodTypes)._zod
  switch (def.type) {
    case 'optional': {
      const { required, ...field } = readType(def.innerType, path, issues)
      return field
    }
    case 'default':
    case 'prefault': {
      const { required, ...field } = readType(def.innerType, path, issues)
      return { ...field, default: def.defaultValue as JsonValue }
    }
    case 'nullable':
      return { ...readType(def.innerType, path, issues), nullable: true }
    case 'readonly':
    case 'nonoptional':
      return {
        ...readType(def.innerType, path, issues),
        ...(def.type === 'nonoptional' && { required: true }),
      }
  }
  const field: Mutable = { required: true, type: 'json' }
  const refuse = (what: string) =>
    issues.push({ path, message: `${what} cannot be data; give this field with f in the extras` })
  switch (def.type) {
    case 'string':
      field.type = 'string'
      break
    case 'number':
    case 'bigint':
    case 'boolean':
      field.type = def.type
      break
    case 'date':
      field.type = 'datetime'
      break
    case 'enum':
    case 'literal': {
      const values: readonly unknown[] = def.type === 'enum' ? Object.values(def.entries) : def.values
      if (values.every((value) => typeof value === 'string')) Object.assign(field, { type: 'enum', values })
      else refuse('values other than strings')
      break
    }
    case 'array': {
      const item = readType(def.element as zod.$ZodType, path, [])
      if (item.type === 'enum') field.subsetOf = item.values ?? []
      break
    }
    case 'object':
    case 'record':
    case 'tuple':
    case 'union':
    case 'intersection':
    case 'any':
    case 'unknown':
      break
    default:
      refuse(`zod's ${def.type}`)
      return field
  }
  if ('coerce' in def && def.coerce) refuse('coercion')
  // z.email() is a type and a check in one.
  const checks = [
    ...('check' in def ? [def as zod.$ZodCheckDef] : []),
    ...(def.checks ?? []).map((check) => check._zod.def),
  ]
  for (const check of checks) readCheck(check as zod.$ZodChecks['_zod']['def'], field, refuse)
  return field
}

function readCheck(
  check: zod.$ZodChecks['_zod']['def'],
  field: Mutable,
  refuse: (what: string) => void,
): void {
  switch (check.check) {
    case 'min_length':
      field.min = check.minimum
      break
    case 'max_length':
      field.max = check.maximum
      break
    case 'length_equals':
      field.min = check.length
      field.max = check.length
      break
    case 'number_format':
      if (check.format !== 'float32' && check.format !== 'float64') field.type = 'integer'
      if (check.format === 'int32') Object.assign(field, { min: -(2 ** 31), max: 2 ** 31 - 1 })
      if (check.format === 'uint32') Object.assign(field, { min: 0, max: 2 ** 32 - 1 })
      break
    case 'greater_than':
    case 'less_than': {
      const isWhole = field.type === 'integer' || field.type === 'bigint'
      if (typeof check.value !== 'number' && typeof check.value !== 'bigint')
        refuse(`the bound of a ${field.type}`)
      else if (!check.inclusive && !isWhole) refuse('a bound that is not itself allowed')
      else if (check.check === 'greater_than') field.min = Number(check.value) + (check.inclusive ? 0 : 1)
      else field.max = Number(check.value) - (check.inclusive ? 0 : 1)
      break
    }
    case 'string_format': {
      const { format, pattern } = check
      if (format === 'uuid' || format === 'email' || format === 'datetime') field.type = format
      else if (!pattern) refuse(`the format ${format}`)
      else if (field.pattern !== undefined) refuse('a second pattern')
      else if (/[^dguvy]/.test(pattern.flags)) refuse(`the flags of ${pattern}`)
      else field.pattern = pattern.source
      break
    }
    case 'bigint_format':
      if (check.format !== 'int64') refuse(`the format ${check.format}`)
      break
    case 'overwrite':
      refuse('a change of the value')
      break
    default:
      refuse((check.check as string) === 'custom' ? 'a refinement' : check.check)
  }
}
