/** The component schemas of a description. */

import type { JsonSchema } from '../schema/json-schema.ts'
import type { SchemaData } from '../schema/schema.ts'
import { databaseComponents } from './database-operations.ts'
import { describedEntities, rowComponents } from './entity.ts'
import { errorComponents } from './errors.ts'
import { conditionComponents, filterKey, filterSchema } from './filter.ts'
import { optionComponents } from './options.ts'
import { searchComponents } from './search.ts'
import { socketComponents } from './socket.ts'
import { valueComponents } from './values.ts'

export type Components = Readonly<Record<string, JsonSchema>>

/** Rows of every entity, what writes take, and the values in them. */
export function entityComponents(schema: SchemaData): Components {
  return Object.assign({}, valueComponents, ...describedEntities(schema).map(rowComponents)) as Components
}

/** Everything that messages refer to. */
export function allComponents(schema: SchemaData): Components {
  return {
    ...entityComponents(schema),
    ...(Object.assign(
      {},
      ...describedEntities(schema).map((entity) => ({
        [filterKey(entity.name)]: filterSchema(entity),
        ...optionComponents(entity),
        ...searchComponents(entity),
      })),
    ) as Components),
    ...conditionComponents,
    ...databaseComponents,
    ...socketComponents,
    ...errorComponents,
  }
}
