/**
 * The builders of fields: `f.string({ required: true, max: 200 })`. Each returns plain data; what a row, an insert and an
 * update make of it is worked out from its type. `defineSchema` checks the options and fills in the defaults.
 */

import type { FieldData, FieldType, JsonValue, ReferenceAction } from './schema.ts'

/** Only a type: carries what a field means to a row, never present at run time. */
export declare const phantom: unique symbol

/**
 * What the field is to a caller. On create `required` must be given, `optional` may be, `generated` never; `key` and
 * `immutable` stay as created; `hidden` is in no result.
 */
export type FieldMode = 'required' | 'optional' | 'generated' | 'key' | 'immutable' | 'hidden'

interface CommonOptions {
  /** Part of the primary key; a lone uuid is then made by the engine. */
  readonly primary?: boolean
  /** Must be given on create. A field that is neither required nor has a default is null when it is not given. */
  readonly required?: boolean
  /** Null is a value of it. Default: true unless the field is required or has a default. */
  readonly nullable?: boolean
  readonly unique?: boolean
  /** `'User.id'`: a foreign key to a unique field. */
  readonly references?: string
  /** What becomes of this row when the other goes or its key changes. Default: `noAction`. */
  readonly onDelete?: ReferenceAction
  readonly onUpdate?: ReferenceAction
  /** Name of the relation here, and of the way back on the other entity. */
  readonly as?: string
  readonly inverse?: string
  /** In no result, filter, event, log, audit image or error, for nobody. */
  readonly hidden?: boolean
  /** Can be set on create, never changed. */
  readonly immutable?: boolean
}

export interface TextOptions extends CommonOptions {
  readonly default?: string | null
  /** Least and most length in Unicode code points. */
  readonly min?: number
  readonly max?: number
  /** A regular expression in Unicode mode; put `^` and `$` where the whole value must match. */
  readonly pattern?: string
  /** Compared, and unique, without regard to the case of ASCII letters. */
  readonly caseInsensitive?: boolean
  /** `text` only: source code that is looked through before it is stored (MALICIOUS_CODE_DETECTED). */
  readonly scan?: 'lua'
}

export interface NumberOptions extends CommonOptions {
  readonly default?: number | null
  readonly min?: number
  readonly max?: number
}

export interface BooleanOptions extends CommonOptions {
  readonly default?: boolean | null
}

/** For uuid and datetime fields. */
export interface PlainTextOptions extends CommonOptions {
  readonly default?: string | null
}

export interface EnumOptions<Value extends string = string> extends CommonOptions {
  readonly default?: Value | null
}

export interface JsonOptions extends CommonOptions {
  readonly default?: JsonValue
  /** The value is a list, and these are the strings that may stand in it. */
  readonly subsetOf?: readonly string[]
}

export interface BytesOptions extends CommonOptions {
  readonly default?: null
  /** Least and most length in bytes. */
  readonly min?: number
  readonly max?: number
}

/** A field as it is written: by a builder, or by hand in YAML. */
export interface FieldSource extends CommonOptions {
  readonly type: FieldType
  readonly default?: JsonValue
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
  readonly caseInsensitive?: boolean
  readonly values?: readonly string[]
  readonly subsetOf?: readonly string[]
  readonly scan?: 'lua'
  readonly generated?: FieldData['generated']
}

/** A field whose value in a row is `Value`. */
export interface Field<
  Type extends FieldType = FieldType,
  // biome-ignore lint/suspicious/noExplicitAny: the bound of "some field": its value is not known
  Value = any,
  Mode extends FieldMode = FieldMode,
  // biome-ignore lint/suspicious/noExplicitAny: the bound of "some field": what it refers to is not known
  Ref = any,
> extends FieldSource {
  readonly type: Type
  readonly [phantom]?: { readonly value: Value; readonly mode: Mode; readonly ref: Ref }
}

type NullOf<O> = O extends { nullable: true } | { default: null }
  ? null
  : O extends
        | { nullable: false }
        | { required: true }
        | { primary: true }
        | { default: unknown }
        | { generated: unknown }
    ? never
    : null

type ModeOf<O, Type> =
  | (O extends { generated: 'createdAt' | 'updatedAt' }
      ? 'generated'
      : O extends { primary: true }
        ?
            | 'key'
            | (Type extends 'uuid'
                ? O extends { references: string }
                  ? 'required'
                  : 'optional'
                : 'required')
        : O extends { required: true }
          ? 'required'
          : 'optional')
  | (O extends { immutable: true } ? 'immutable' : never)
  | (O extends { hidden: true } ? 'hidden' : never)

/** What a field refers to, and how the relation is called on both sides; `never` for one that refers to nothing. */
type RefOf<O> = O extends { references: infer To extends string }
  ? {
      readonly to: To
      readonly as: O extends { as: infer Name extends string } ? Name : undefined
      readonly inverse: O extends { inverse: infer Name extends string } ? Name : undefined
    }
  : never

/** What a builder returns for its options. */
export type FieldOf<Type extends FieldType, Value, O> = Field<
  Type,
  Value | NullOf<O>,
  ModeOf<O, Type>,
  RefOf<O>
>

/** Makes an option that does not exist an error at its key. */
type Only<O, Allowed> = { readonly [Key in Exclude<keyof O, keyof Allowed>]: never }

// The builders only put the type beside the options: what they claim of the value is a claim about rows.
const build = (type: FieldType) => (options?: object) => ({ ...options, type }) as never

type Builder<Type extends FieldType, Value, Options> = <const O extends Options = Options>(
  options?: O & Only<O, Options>,
) => FieldOf<Type, Value, O>

const json: <Value>() => Builder<'json', Value, JsonOptions> = () => build('json')

export const f = {
  /** The usual key: a UUID (version 7) made by the engine, unless the caller supplies one. */
  id: () => ({ type: 'uuid', primary: true }) as Field<'uuid', string, 'key' | 'optional', never>,
  uuid: build('uuid') as Builder<'uuid', string, PlainTextOptions>,
  string: build('string') as Builder<'string', string, TextOptions>,
  /** A string meant to be long. */
  text: build('text') as Builder<'text', string, TextOptions>,
  email: build('email') as Builder<'email', string, TextOptions>,
  /** One of the given strings: `f.enum(['draft', 'live'], { default: 'draft' })`. */
  enum: <
    const Values extends readonly string[],
    const O extends EnumOptions<Values[number]> = EnumOptions<Values[number]>,
  >(
    values: Values,
    options?: O & Only<O, EnumOptions>,
  ) =>
    ({ ...(options as object), type: 'enum', values }) as FieldSource as FieldOf<'enum', Values[number], O>,
  /** A whole number that JavaScript holds exactly: up to 2^53 - 1 either way. */
  integer: build('integer') as Builder<'integer', number, NumberOptions>,
  /** A whole number of 64 bits, always a `bigint`. */
  bigint: build('bigint') as Builder<'bigint', bigint, NumberOptions>,
  number: build('number') as Builder<'number', number, NumberOptions>,
  boolean: build('boolean') as Builder<'boolean', boolean, BooleanOptions>,
  /** An instant: ISO 8601 UTC with milliseconds, `2026-01-15T10:30:00.000Z`. */
  datetime: build('datetime') as Builder<'datetime', string, PlainTextOptions>,
  /** Any JSON value. */
  json: json<JsonValue>(),
  /** A JSON value of a known type: `f.jsonOf<Layout>()({ required: true })`. The type is believed, not checked. */
  jsonOf: json,
  bytes: build('bytes') as Builder<'bytes', Uint8Array, BytesOptions>,
  /** Set once by the engine. */
  createdAt: () =>
    ({ type: 'datetime', generated: 'createdAt' }) as Field<'datetime', string, 'generated', never>,
  /** Set by the engine at every change. */
  updatedAt: () =>
    ({ type: 'datetime', generated: 'updatedAt' }) as Field<'datetime', string, 'generated', never>,
} as const
