/**
 * What follows from a schema's type: rows, inserts, updates, filters, options. `S` is the type of a schema
 * (`typeof schema`) or its shapes; `E` the name of an entity.
 */

import type { ColumnType } from 'kysely'
import type { Schema, Shapes } from './define.ts'
import type { FieldMode, phantom } from './fields.ts'
import type { RelationsOf, RelationType } from './infer-relations.ts'

/** Any schema, or its shapes. */
export type AnySchema = Shapes | Schema

type ShapesIn<S> = S extends { readonly [phantom]?: infer X; readonly name: string } ? NonNullable<X> : S

export type EntityName<S extends AnySchema> = keyof ShapesIn<S> & string

type FieldsOf<S extends AnySchema, E extends string> = FieldsIn<ShapesIn<S>, E>

type FieldsIn<X, E> = E extends keyof X ? (X[E] extends { readonly fields: infer F } ? F : never) : never

/** Writes a type out, so that a hover shows it and not how it was made. */
type Show<T> = { [Key in keyof T]: T[Key] } & {}

type ValueOf<F> = F extends { readonly [phantom]?: { readonly value: infer Value } } ? Value : never
type ModeIn<F> = F extends { readonly [phantom]?: { readonly mode: infer Mode } } ? Mode : never
type TypeIn<F> = F extends { readonly type: infer Type } ? Type : never

/** The key, unless the field's mode is `Mode`; of a schema that is known at run time only, every key. */
type KeyUnless<F, Key, Mode extends FieldMode> =
  FieldMode extends ModeIn<F> ? Key : [Extract<ModeIn<F>, Mode>] extends [never] ? Key : never

type Visible<F> = { [Key in keyof F as KeyUnless<F[Key], Key, 'hidden'>]: F[Key] }
type VisibleKey<S extends AnySchema, E extends string> = keyof Visible<FieldsOf<S, E>> & string

type KeyNames<F> = { [Key in keyof F]: 'key' extends ModeIn<F[Key]> ? Key : never }[keyof F]
type IsUnion<T, Whole = T> = [T] extends [never]
  ? false
  : T extends unknown
    ? [Whole] extends [T]
      ? false
      : true
    : never

/** A row as results hold it: every field but the hidden ones. */
export type RowOf<S extends AnySchema, E extends string> = RowOfFields<FieldsOf<S, E>>

type RowOfFields<F> = Show<{
  -readonly [Key in keyof F as KeyUnless<F[Key], Key, 'hidden'>]: ValueOf<F[Key]>
}>

/** What `create` takes. A field that is not required may be left out; then it has its default, or null. */
export type InsertOf<S extends AnySchema, E extends string> = InsertOfFields<FieldsOf<S, E>>

// The parts of a composite key are the caller's to give, each of them.
type InsertOfFields<F> = Show<
  { -readonly [Key in keyof F as MustGive<F, Key>]: ValueOf<F[Key]> } & {
    -readonly [Key in keyof F as Exclude<KeyUnless<F[Key], Key, 'generated'>, MustGive<F, Key>>]?: ValueOf<
      F[Key]
    >
  }
>

type MustGive<F, Key extends keyof F> =
  FieldMode extends ModeIn<F[Key]>
    ? never
    : 'required' extends ModeIn<F[Key]>
      ? Key
      : 'key' extends ModeIn<F[Key]>
        ? IsUnion<KeyNames<F>> extends true
          ? Key
          : never
        : never

/** What `update` takes: what is to change. */
export type UpdateOf<S extends AnySchema, E extends string> = UpdateOfFields<FieldsOf<S, E>>

type UpdateOfFields<F> = Show<{
  -readonly [Key in keyof F as KeyUnless<F[Key], Key, 'generated' | 'key' | 'immutable'>]?: ValueOf<F[Key]>
}>

/** What `read`, `update` and `delete` take as the id: the key's value, an object of them for a composite key. */
export type IdOf<S extends AnySchema, E extends string> = IdOfFields<FieldsOf<S, E>>

type IdOfFields<F> = [KeyNames<F>] extends [never]
  ? string | number | bigint | { readonly [field: string]: unknown }
  : IsUnion<KeyNames<F>> extends true
    ? Show<{ readonly [Key in KeyNames<F> & keyof F]: ValueOf<F[Key]> }>
    : ValueOf<F[KeyNames<F> & keyof F]>

/** Names the one row that an upsert is about, by its key or by unique fields. */
export type UniqueOf<S extends AnySchema, E extends string> = Show<{
  readonly [Key in keyof FieldsOf<S, E> as KeyUnless<FieldsOf<S, E>[Key], Key, 'hidden'>]?: NonNullable<
    ValueOf<FieldsOf<S, E>[Key]>
  >
}>

interface EqualityOperators<Value> {
  readonly eq?: Value
  readonly ne?: Value
  readonly isNull?: boolean
}

interface ListOperators<Value> extends EqualityOperators<Value> {
  readonly in?: readonly Exclude<Value, null>[]
  readonly notIn?: readonly Exclude<Value, null>[]
}

interface OrderOperators<Value> extends ListOperators<Value> {
  readonly gt?: Exclude<Value, null>
  readonly gte?: Exclude<Value, null>
  readonly lt?: Exclude<Value, null>
  readonly lte?: Exclude<Value, null>
  /** From the first to the second, both included. */
  readonly between?: readonly [Exclude<Value, null>, Exclude<Value, null>]
}

interface TextOperators<Value> extends OrderOperators<Value> {
  /** `%` stands for any characters, `_` for one; the case of letters counts. */
  readonly like?: string
  /** As `like`, without regard to the case of ASCII letters. */
  readonly ilike?: string
  readonly contains?: string
  readonly startsWith?: string
  readonly endsWith?: string
}

type ConditionOf<Type, Value> = Type extends 'string' | 'text' | 'email' | 'any'
  ? Value | TextOperators<Value>
  : Type extends 'boolean' | 'enum'
    ? Value | ListOperators<Value>
    : Type extends 'json'
      ? null | EqualityOperators<Value>
      : Value | OrderOperators<Value>

type Scalar = string | number | boolean | null

/** A value inside of a json field: `'props.title'`. */
type JsonPaths<F> = {
  readonly [Key in keyof F as 'json' extends TypeIn<F[Key]> ? `${Key & string}.${string}` : never]?:
    | Scalar
    | TextOperators<Scalar>
}

type Conditions<F> = {
  readonly [Key in keyof F as KeyUnless<F[Key], Key, 'hidden'>]?: ConditionOf<TypeIn<F[Key]>, ValueOf<F[Key]>>
} & JsonPaths<F>

interface Junctions<X, E> {
  readonly and?: readonly FilterIn<X, E>[]
  readonly or?: readonly FilterIn<X, E>[]
  readonly not?: FilterIn<X, E>
}

/** Of one row: conditions that it meets, or null for none. Of many: what some, none or every one of them meets. */
type RelationConditions<X, E> = {
  readonly [Name in keyof RelationsOf<X, E>]?: RelationsOf<X, E>[Name] extends infer R extends RelationType
    ? R['kind'] extends 'one'
      ? FilterIn<X, R['entity']> | null
      : {
          readonly some?: FilterIn<X, R['entity']>
          readonly none?: FilterIn<X, R['entity']>
          readonly every?: FilterIn<X, R['entity']>
        }
    : never
}

type FilterIn<X, E> = Conditions<FieldsIn<X, E>> & RelationConditions<X, E> & Junctions<X, E>

/**
 * Which rows: fields with a value or operators, relations with conditions of their rows, all of which must hold, beside
 * `and`, `or` and `not`.
 */
export type FilterOf<S extends AnySchema, E extends string> = FilterIn<ShapesIn<S>, E>

/** Related rows that come along, by the relation's name: `{ author: true, comments: { limit: 3 } }`. */
export type IncludeOf<S extends AnySchema, E extends string> = IncludeIn<ShapesIn<S>, E>

type IncludeIn<X, E> = string extends keyof X
  ? { readonly [name: string]: unknown }
  : {
      readonly [Name in keyof RelationsOf<X, E>]?: RelationsOf<X, E>[Name] extends infer R extends
        RelationType
        ?
            | boolean
            | undefined
            | (R['kind'] extends 'one' ? IncludedOne<X, R['entity']> : IncludedMany<X, R['entity']>)
        : never
    }

interface IncludedOne<X, E> {
  readonly filter?: FilterIn<X, E> | undefined
  /** Default: all that the caller may read. */
  readonly select?: readonly (keyof Visible<FieldsIn<X, E>> & string)[] | undefined
  readonly include?: IncludeIn<X, E> | undefined
}

interface IncludedMany<X, E> extends IncludedOne<X, E> {
  readonly sort?: SortOfFields<FieldsIn<X, E>> | readonly SortOfFields<FieldsIn<X, E>>[] | undefined
  /** Rows of each row that they belong to; default: all. */
  readonly limit?: number | undefined
}

/** What rows of an entity have besides their fields under an `include` of type `I`. */
export type IncludedOf<S extends AnySchema, E extends string, I> = IncludedIn<ShapesIn<S>, E, I>

type IncludedIn<X, E, I> = string extends keyof X
  ? unknown
  : {
      -readonly [Name in keyof I & keyof RelationsOf<X, E> as I[Name] extends false | undefined
        ? never
        : Name]: RelationsOf<X, E>[Name] extends infer R extends RelationType
        ? R['kind'] extends 'one'
          ? RelatedRow<X, R['entity'], I[Name]> | null
          : RelatedRow<X, R['entity'], I[Name]>[]
        : never
    }

type RelatedRow<X, E, Options> = Show<
  (Options extends { readonly select: readonly (infer Key)[] }
    ? Pick<RowOfFields<FieldsIn<X, E>>, Key & keyof RowOfFields<FieldsIn<X, E>>>
    : RowOfFields<FieldsIn<X, E>>) &
    (Options extends { readonly include: infer Inner } ? IncludedIn<X, E, Inner> : unknown)
>

/** An `include` whose every name is a relation, as deep as it goes: what `I` must be beside `IncludeOf`. */
export type OnlyRelations<S extends AnySchema, E extends string, I> = OnlyRelationsIn<ShapesIn<S>, E, I>

type OnlyRelationsIn<X, E, I> = string extends keyof X
  ? unknown
  : {
      readonly [Name in keyof I]: Name extends keyof RelationsOf<X, E>
        ? I[Name] extends { readonly include: infer Inner }
          ? RelationsOf<X, E>[Name] extends infer R extends RelationType
            ? { readonly include: OnlyRelationsIn<X, R['entity'], Inner> }
            : never
          : unknown
        : never
    }

export type Direction = 'asc' | 'desc'

/** The order of rows: the first field counts most. Null is least. A list says the order of its fields outright. */
export type SortOf<S extends AnySchema, E extends string> =
  | SortOfFields<FieldsOf<S, E>>
  | readonly SortOfFields<FieldsOf<S, E>>[]

type SortOfFields<F> = { readonly [Key in GroupKey<F>]?: Direction }

export interface ListOptionsOf<S extends AnySchema, E extends string> {
  readonly filter?: FilterOf<S, E> | undefined
  readonly sort?: SortOf<S, E> | undefined
  readonly limit?: number | undefined
  /** From 1. */
  readonly page?: number | undefined
  /** `nextCursor` of the page before; in place of `page`. */
  readonly cursor?: string | undefined
  /** The fields of the rows; default: all that the caller may read. */
  readonly select?: readonly VisibleKey<S, E>[] | undefined
  /** Asks for `total`. */
  readonly count?: boolean | undefined
  /** Each combination of the selected values once; needs `select`. */
  readonly distinct?: boolean | undefined
}

/** A row of a list whose options are `Options`: the selected fields, else all. */
export type SelectedOf<S extends AnySchema, E extends string, Options> = Options extends {
  readonly select: readonly (infer Key)[]
}
  ? Show<Pick<RowOf<S, E>, Key & keyof RowOf<S, E>>>
  : RowOf<S, E>

/** The fields that `search` looks into; `never` where an entity has none. */
export type SearchFieldOf<S extends AnySchema, E extends string> = SearchFieldIn<ShapesIn<S>, E>

type SearchFieldIn<X, E> = E extends keyof X
  ? 'search' extends keyof X[E]
    ? NonNullable<X[E]['search']> & string
    : never
  : never

/** Characters one after another; `hit` where they were looked for. */
export interface SnippetPart {
  readonly text: string
  readonly hit: boolean
}

export interface SearchOptionsOf<S extends AnySchema, E extends string> {
  /** Default and most: as a list. */
  readonly limit?: number | undefined
  /** Further conditions. */
  readonly filter?: FilterOf<S, E> | undefined
  /** The fields of the result. Default: all that the caller may read. */
  readonly select?: readonly VisibleKey<S, E>[] | undefined
  /** Related rows, as in a list. */
  readonly include?: IncludeOf<S, E> | undefined
  /** The search fields to look into. Default: all of them, each of which the caller must be able to read. */
  readonly fields?: readonly SearchFieldOf<S, E>[] | undefined
  /**
   * Adds to each row, as `_snippets`, a piece of every field in which something was found, in parts.
   * `words`: how many it has at most, 1–100, default 16.
   */
  readonly snippets?:
    | boolean
    | { readonly fields?: readonly SearchFieldOf<S, E>[]; readonly words?: number }
    | undefined
}

/** What `_snippets` holds: nothing for a field in which nothing was found. */
export type SnippetsOf<S extends AnySchema, E extends string> = {
  readonly [Field in SearchFieldOf<S, E>]?: readonly SnippetPart[]
}

/** A page of a list. */
export interface Page<Row> {
  readonly data: Row[]
  readonly limit: number
  readonly hasMore: boolean
  /** With `page`, or when `count` was asked. */
  readonly total?: number
  readonly page?: number
  /** Takes the next page; absent on the last. */
  readonly nextCursor?: string
}

/** Visible fields whose type is none of `Type`. */
type KeyWithout<F, Type> = {
  [Key in keyof F]: TypeIn<F[Key]> extends Type ? never : KeyUnless<F[Key], Key, 'hidden'>
}[keyof F] &
  string

type GroupKey<F> = KeyWithout<F, 'json'>
type OrderedKey<F> = KeyWithout<F, 'json' | 'boolean' | 'bytes'>
type NumericKey<F> = KeyWithout<
  F,
  'json' | 'boolean' | 'bytes' | 'uuid' | 'string' | 'text' | 'email' | 'enum' | 'datetime'
>

type NumericResult<F> = 'count' | `${'sum' | 'avg'}.${NumericKey<F>}`
type ExtremeResult<F> = `${'min' | 'max'}.${OrderedKey<F>}`

/** A field of the group, or a result: `count`, `sum.amount`, `min.createdAt`. A result need not be asked for. */
type Having<F> = {
  readonly [Name in GroupKey<F> & keyof F]?: ConditionOf<TypeIn<F[Name]>, ValueOf<F[Name]>>
} & {
  readonly [Name in NumericResult<F>]?: number | bigint | null | OrderOperators<number | bigint | null>
} & {
  readonly [Name in ExtremeResult<F>]?: Scalar | bigint | TextOperators<Scalar | bigint>
} & {
  readonly and?: readonly Having<F>[]
  readonly or?: readonly Having<F>[]
  readonly not?: Having<F>
}

type ResultSort<F> = { readonly [Name in GroupKey<F> | NumericResult<F> | ExtremeResult<F>]?: Direction }

/** At least one of `groupBy`, `count`, `sum`, `avg`, `min` and `max`. */
export interface AggregateOptionsOf<S extends AnySchema, E extends string> {
  readonly filter?: FilterOf<S, E> | undefined
  readonly groupBy?: readonly GroupKey<FieldsOf<S, E>>[] | undefined
  readonly count?: boolean | undefined
  readonly sum?: readonly NumericKey<FieldsOf<S, E>>[] | undefined
  readonly avg?: readonly NumericKey<FieldsOf<S, E>>[] | undefined
  readonly min?: readonly OrderedKey<FieldsOf<S, E>>[] | undefined
  readonly max?: readonly OrderedKey<FieldsOf<S, E>>[] | undefined
  readonly having?: Having<FieldsOf<S, E>> | undefined
  readonly sort?: ResultSort<FieldsOf<S, E>> | readonly ResultSort<FieldsOf<S, E>>[] | undefined
  readonly limit?: number | undefined
}

type Listed<Options, Name extends string> = Options extends {
  readonly [Key in Name]: readonly (infer Field)[]
}
  ? Field
  : never

/** A row of an aggregate: the group's fields and the results that were asked for. */
export type AggregateRowOf<S extends AnySchema, E extends string, Options> = Show<
  Pick<RowOf<S, E>, Listed<Options, 'groupBy'> & keyof RowOf<S, E>> &
    (Options extends { readonly count: true } ? { count: number } : unknown) &
    // A sum of nothing is null.
    (Options extends { readonly sum: unknown }
      ? { sum: { [Key in Listed<Options, 'sum'> & keyof RowOf<S, E>]: RowOf<S, E>[Key] | null } }
      : unknown) &
    (Options extends { readonly avg: unknown }
      ? { avg: { [Key in Listed<Options, 'avg'> & string]: number | null } }
      : unknown) &
    (Options extends { readonly min: unknown }
      ? { min: { [Key in Listed<Options, 'min'> & keyof RowOf<S, E>]: RowOf<S, E>[Key] | null } }
      : unknown) &
    (Options extends { readonly max: unknown }
      ? { max: { [Key in Listed<Options, 'max'> & keyof RowOf<S, E>]: RowOf<S, E>[Key] | null } }
      : unknown)
>

/** The entity of each accessor: `{ posts: 'Post' }`. */
export type AccessorsOf<S extends AnySchema> = AccessorsOfShapes<ShapesIn<S>>

type AccessorsOfShapes<X> = {
  readonly [E in keyof X as X[E] extends { readonly accessor: infer Name extends string } ? Name : never]: E &
    string
}

/** Tables and columns as Kysely wants them: entity and field names. */
export type KyselyDatabaseOf<S extends AnySchema> = KyselyDatabaseOfShapes<ShapesIn<S>>

type KyselyDatabaseOfShapes<X> = {
  [E in keyof X]: X[E] extends { readonly fields: infer F } ? KyselyTableOf<F> : never
}

type KyselyTableOf<F> = {
  [Key in keyof F as KeyUnless<F[Key], Key, 'hidden'>]: ColumnType<
    ValueOf<F[Key]>,
    'generated' extends ModeIn<F[Key]>
      ? never
      : Key extends MustGive<F, Key>
        ? ValueOf<F[Key]>
        : ValueOf<F[Key]> | undefined,
    Extract<ModeIn<F[Key]>, 'generated' | 'key' | 'immutable'> extends never ? ValueOf<F[Key]> : never
  >
}
