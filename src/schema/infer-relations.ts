/**
 * The relations of an entity as types: the names that `relations.ts` works out when a schema is made, from the same
 * references. `X` are the shapes of a schema.
 */

import type { phantom } from './fields.ts'

export interface RelationType {
  readonly kind: 'one' | 'many'
  readonly entity: string
}

/** Name → what it leads to. */
export type RelationsOf<X, E> = OneRelations<X, E> & ManyRelations<X, E>

type FieldsIn<X, E> = E extends keyof X ? (X[E] extends { readonly fields: infer F } ? F : never) : never

interface RefShape {
  readonly to: string
  readonly as: string | undefined
  readonly inverse: string | undefined
}

// Of a schema that is known at run time only nothing is known here: `any` gives no relation.
type RefIn<F> = F extends { readonly [phantom]?: { readonly ref: infer Ref } }
  ? 0 extends 1 & Ref
    ? never
    : Extract<Ref, RefShape>
  : never

type EntityIn<To> = To extends `${infer Entity}.${string}` ? Entity : never

type OneRelations<X, E, F = FieldsIn<X, E>> = {
  readonly [Key in keyof F as [RefIn<F[Key]>] extends [never]
    ? never
    : ForwardName<Key & string, RefIn<F[Key]>>]: {
    readonly kind: 'one'
    readonly entity: EntityIn<RefIn<F[Key]>['to']>
  }
}

type ForwardName<Key extends string, Ref extends RefShape> = Ref['as'] extends string
  ? Ref['as']
  : Key extends `${infer Stem}Id`
    ? Stem
    : Key extends `${infer Stem}_id`
      ? Stem
      : `${Key}${EntityIn<Ref['to']>}`

type ManyRelations<X, E> = {
  readonly [Way in WaysBack<X, E> as Way['name']]: { readonly kind: 'many'; readonly entity: Way['entity'] }
}

/** Every field of every entity that refers to this one. */
type WaysBack<X, E> = {
  [Other in keyof X]: WayBack<
    FieldsIn<X, Other>,
    Referring<FieldsIn<X, Other>, E>,
    AccessorIn<X[Other]>,
    Other
  >
}[keyof X]

type WayBack<F, Keys, Accessor extends string, Other> = Keys extends keyof F & string
  ? {
      readonly name: RefIn<F[Keys]>['inverse'] extends string
        ? RefIn<F[Keys]>['inverse']
        : BackwardName<Accessor, Keys, Referring<F, EntityIn<RefIn<F[Keys]>['to']>>>
      readonly entity: Other & string
    }
  : never

type Referring<F, E> = {
  [Key in keyof F]: [RefIn<F[Key]>] extends [never]
    ? never
    : EntityIn<RefIn<F[Key]>['to']> extends E
      ? Key
      : never
}[keyof F]

type BackwardName<Accessor extends string, Key extends string, All> = [Exclude<All, Key>] extends [never]
  ? Accessor
  : `${Accessor}By${Capitalize<Key>}`

type AccessorIn<Shape> = Shape extends { readonly accessor: infer Name extends string } ? Name : never
