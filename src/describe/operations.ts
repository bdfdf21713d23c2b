/** Every operation of a schema, from the tables of the protocol: what it is called, takes and gives. */

import {
  builtinOperations,
  databaseOperations,
  entityOperations,
  type OperationSpec,
} from '../protocol/operations.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import type { SchemaData } from '../schema/schema.ts'
import { ofDatabase } from './database-operations.ts'
import { type DescribedEntity, describedEntities } from './entity.ts'
import { everyEntity, type OperationShape, ofEntity, type Param } from './entity-operations.ts'
import { keyOf } from './names.ts'

export interface DescribedOperation extends OperationShape {
  /** `User.create`, `audit.list`; a key of components. */
  readonly key: string
  readonly method: string
  readonly spec: OperationSpec
  /** Null for those of the database as a whole. */
  readonly entity: string | null
}

/** The schema whose name brings operations and users of its own. */
const builtinName = 'metabuilder'

type Specs = Readonly<Record<string, OperationSpec>>
type Shapes = Readonly<Record<string, ((entity: DescribedEntity) => OperationShape | null) | undefined>>

export function describedOperations(schema: SchemaData): readonly DescribedOperation[] {
  const entities = describedEntities(schema)
  const isBuiltin = schema.name === builtinName
  const generic = entities.flatMap((entity) => operationsOf(entity, entityOperations, everyEntity))
  const own = Object.entries(isBuiltin ? builtinOperations : {}).flatMap(([name, specs]) => {
    const data = schema.entities[name]
    if (!data) return []
    const entity = entities.find((one) => one.name === name) ?? { name, data, fields: [], relations: [] }
    return operationsOf(entity, specs, ofEntity[name as keyof typeof ofEntity] as Shapes)
  })
  const ofWhole = (Object.keys(databaseOperations) as (keyof typeof databaseOperations)[])
    .filter((method) => isBuiltin || !method.startsWith('auth.'))
    .map((method) => ({
      ...ofDatabase[method](entities),
      key: method,
      method,
      spec: databaseOperations[method],
      entity: null,
    }))
  return [...generic, ...own, ...ofWhole]
}

function operationsOf(entity: DescribedEntity, specs: Specs, shapes: Shapes): DescribedOperation[] {
  return Object.entries(specs).flatMap(([method, spec]) => {
    const shape = shapes[method]?.(entity)
    if (!shape) return []
    const first: Param = { name: 'entity', schema: { const: entity.name } }
    return [
      {
        ...shape,
        params: [first, ...shape.params],
        key: `${keyOf(entity.name)}.${method}`,
        method,
        spec,
        entity: entity.name,
      },
    ]
  })
}

/** A list of parameters in the words of draft 07, which is what AsyncAPI speaks. */
export function paramsSchema(params: readonly Param[]): JsonSchema {
  if (params.length === 0) return { type: 'array', maxItems: 0 }
  return {
    type: 'array',
    items: params.map(({ schema }) => schema),
    additionalItems: false,
    minItems: params.filter(({ optional }) => !optional).length,
    description: `[${params.map(({ name, optional }) => (optional ? `${name}?` : name)).join(', ')}]`,
  }
}
