/** Searches for words: options, and rows with the pieces of text in which something was found. */

import type { JsonSchema } from '../schema/json-schema.ts'
import { type DescribedEntity, seenProperties } from './entity.ts'
import { filterKey } from './filter.ts'
import { anyOf, flag, keyOf, listOf, objectOf, optionsOf, refTo, text, whole } from './names.ts'
import { includeKey, limitSchema, orNothing, selectKey } from './options.ts'

export const searchOptionsKey = (entity: string): string => `${keyOf(entity)}.SearchOptions`
export const foundKey = (entity: string): string => `${keyOf(entity)}.Found`

/** Components of an entity with search fields; none of another. */
export function searchComponents(entity: DescribedEntity): Record<string, JsonSchema> {
  const { name, data } = entity
  if (data.search.length === 0) return {}
  const fields: JsonSchema = {
    type: 'array',
    items: { type: 'string', enum: data.search },
    uniqueItems: true,
  }
  const pieces = listOf(objectOf({ text, hit: flag }))
  return {
    [searchOptionsKey(name)]: anyOf(
      limitSchema(entity),
      optionsOf({
        limit: limitSchema(entity),
        filter: orNothing(refTo(filterKey(name))),
        select: orNothing(refTo(selectKey(name))),
        include: orNothing(refTo(includeKey(name))),
        fields: orNothing({ ...fields, minItems: 1 }),
        snippets: anyOf(flag, optionsOf({ fields, words: whole(1, 100) }), { type: 'null' }),
      }),
    ),
    [foundKey(name)]: {
      title: `${name} as it was found`,
      ...optionsOf({
        ...seenProperties(entity),
        _snippets: optionsOf(Object.fromEntries(data.search.map((field) => [field, pieces]))),
      }),
    },
  }
}
