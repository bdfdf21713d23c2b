/** What the operations of entities take and give. A new operation does not compile here until it is described. */

import { defaultLimits } from '../protocol/limits.ts'
import type { builtinOperations, EntityOperation } from '../protocol/operations.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import {
  createKey,
  type DescribedEntity,
  idSchema,
  seenKey,
  treeKey,
  uniqueKeySchemas,
  updateKey,
} from './entity.ts'
import { filterKey } from './filter.ts'
import { anyOf, flag, listOf, objectOf, refTo, text, whole } from './names.ts'
import { aggregateKey, firstOptions, groupKey, listOptionsKey, orNothing, readOptions } from './options.ts'
import { foundKey, searchOptionsKey } from './search.ts'

export interface Param {
  readonly name: string
  readonly schema: JsonSchema
  readonly optional?: true
}

/** An operation without the name of its entity, which is the first parameter. */
export interface OperationShape {
  readonly summary: string
  readonly params: readonly Param[]
  readonly result: JsonSchema
}

/** Null where the entity has no such operation: a view is not written. */
type ShapeOf = (entity: DescribedEntity) => OperationShape | null

export const isTrue: JsonSchema = { const: true }
export const countResult = objectOf({ count: whole(0) })

/** A page of a list. */
export const pageOf = (item: JsonSchema): JsonSchema =>
  objectOf(
    {
      data: listOf(item),
      limit: whole(1),
      hasMore: flag,
      nextCursor: text,
      total: whole(0),
      page: whole(1),
    },
    { optional: ['nextCursor', 'total', 'page'] },
  )

const seen = ({ name }: DescribedEntity): JsonSchema => refTo(seenKey(name))
const optional = (name: string, schema: JsonSchema): Param => ({ name, schema, optional: true })

const written =
  (shapeOf: ShapeOf): ShapeOf =>
  (entity) =>
    entity.data.kind === 'view' ? null : shapeOf(entity)

const ids = (entity: DescribedEntity): JsonSchema =>
  entity.data.primaryKey.length === 0 ? {} : idSchema(entity)

/** Rows without a primary key cannot be named. */
const named =
  (shapeOf: ShapeOf): ShapeOf =>
  (entity) =>
    entity.data.primaryKey.length === 0 ? null : shapeOf(entity)

export const everyEntity: { readonly [Name in EntityOperation]: ShapeOf } = {
  create: written((entity) => ({
    summary: `Stores a ${entity.name}`,
    params: [{ name: 'row', schema: refTo(createKey(entity.name)) }],
    result: seen(entity),
  })),
  createMany: written((entity) => ({
    summary: `Stores several ${entity.name}, all or none`,
    params: [
      {
        name: 'rows',
        schema: listOf(refTo(createKey(entity.name)), { maxItems: defaultLimits.maxManyRows }),
      },
    ],
    result: objectOf({ count: whole(0), ids: listOf(ids(entity)) }),
  })),
  read: named((entity) => ({
    summary: `The ${entity.name} of an id`,
    params: [{ name: 'id', schema: idSchema(entity) }, optional('options', orNothing(readOptions(entity)))],
    result: seen(entity),
  })),
  update: written(
    named((entity) => ({
      summary: `Changes the ${entity.name} of an id`,
      params: [
        { name: 'id', schema: idSchema(entity) },
        { name: 'patch', schema: refTo(updateKey(entity.name)) },
      ],
      result: seen(entity),
    })),
  ),
  updateMany: written((entity) => ({
    summary: `Changes every ${entity.name} that a filter matches, which must hold a condition`,
    params: [
      { name: 'filter', schema: refTo(filterKey(entity.name)) },
      { name: 'patch', schema: refTo(updateKey(entity.name)) },
    ],
    result: countResult,
  })),
  delete: written(
    named((entity) => ({
      summary: `Deletes the ${entity.name} of an id`,
      params: [{ name: 'id', schema: idSchema(entity) }],
      result: isTrue,
    })),
  ),
  deleteMany: written((entity) => ({
    summary: `Deletes every ${entity.name} that a filter matches, which must hold a condition`,
    params: [{ name: 'filter', schema: refTo(filterKey(entity.name)) }],
    result: countResult,
  })),
  upsert: written((entity) => ({
    summary: `Changes the ${entity.name} of a unique key, or stores it when there is none`,
    params: [{ name: 'options', schema: upsertSchema(entity) }],
    result: seen(entity),
  })),
  list: (entity) => ({
    summary: `A page of ${entity.name}`,
    params: [optional('options', orNothing(refTo(listOptionsKey(entity.name))))],
    result: pageOf(seen(entity)),
  }),
  findFirst: (entity) => ({
    summary: `The first ${entity.name} of a list, or null`,
    params: [optional('options', orNothing(firstOptions(entity)))],
    result: orNothing(seen(entity)),
  }),
  count: (entity) => ({
    summary: `How many ${entity.name} a filter matches`,
    params: [optional('filter', orNothing(refTo(filterKey(entity.name))))],
    result: whole(0),
  }),
  aggregate: (entity) => ({
    summary: `Counts, sums, averages and bounds of ${entity.name}, by groups`,
    params: [{ name: 'options', schema: refTo(aggregateKey(entity.name)) }],
    result: listOf(refTo(groupKey(entity.name))),
  }),
  search: (entity) =>
    entity.data.search.length === 0
      ? null
      : {
          summary: `The ${entity.name} in which words are found, best first`,
          params: [
            { name: 'query', schema: { type: 'string', pattern: '\\S', maxLength: 256 } },
            optional('options', orNothing(refTo(searchOptionsKey(entity.name)))),
          ],
          result: listOf(refTo(foundKey(entity.name))),
        },
}

/** What `where` says need not be said again in `create`. */
function upsertSchema(entity: DescribedEntity): JsonSchema {
  return objectOf({
    where: anyOf(...uniqueKeySchemas(entity)),
    create: { description: `As ${createKey(entity.name)}, without what "where" says.`, type: 'object' },
    update: refTo(updateKey(entity.name)),
  })
}

type Builtin = typeof builtinOperations

export const username: Param = { name: 'username', schema: text }
/** Also with letters of both cases, a digit and a special character. */
export const newPassword: JsonSchema = { type: 'string', minLength: 8, maxLength: 128 }

export const ofEntity: {
  readonly [Entity in keyof Builtin]: {
    readonly [Name in keyof Builtin[Entity]]: (entity: DescribedEntity) => OperationShape
  }
} = {
  Credential: {
    verify: () => ({
      summary: 'Whether this is the password of a user; a sign-in attempt',
      params: [username, { name: 'password', schema: text }],
      result: flag,
    }),
    set: () => ({
      summary: 'Sets a password: one’s own with the old one, or that of somebody of lower rank',
      params: [
        {
          name: 'options',
          schema: objectOf(
            { username: text, password: newPassword, currentPassword: text },
            { optional: ['currentPassword'] },
          ),
        },
      ],
      result: isTrue,
    }),
    firstLogin: () => ({
      summary: 'Whether the password is one that somebody else has set',
      params: [username],
      result: flag,
    }),
    setFirstLogin: () => ({
      summary: 'Says whether it is',
      params: [username, optional('value', flag)],
      result: isTrue,
    }),
  },
  PageConfig: {
    getBySlug: (entity) => ({
      summary: 'The page of a slug',
      params: [{ name: 'slug', schema: text }],
      result: seen(entity),
    }),
    listByLevel: (entity) => ({
      summary: 'The pages of a level',
      params: [
        { name: 'level', schema: whole(1, 5) },
        optional('options', refTo(listOptionsKey(entity.name))),
      ],
      result: pageOf(seen(entity)),
    }),
  },
  ComponentNode: {
    getTree: (entity) => ({
      summary: 'The whole tree of a page, children in their order',
      params: [{ name: 'pageId', schema: { type: 'string', format: 'uuid' } }],
      result: listOf(refTo(treeKey(entity.name))),
    }),
    reorder: () => ({
      summary: 'Puts children of one parent in order, all or none',
      params: [
        {
          name: 'places',
          schema: listOf(objectOf({ id: text, order: whole(0) }), { maxItems: 10_000 }),
        },
      ],
      result: isTrue,
    }),
    move: (entity) => ({
      summary: 'Puts a node under another, or at the root',
      params: [
        { name: 'id', schema: idSchema(entity) },
        { name: 'newParentId', schema: { type: ['string', 'null'] } },
        { name: 'order', schema: whole(0) },
      ],
      result: seen(entity),
    }),
  },
}
