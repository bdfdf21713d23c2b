/** The built-in schema's own operations, by entity and method. */

import type { SchemaData } from '../../../schema/schema.ts'
import type { Operation } from '../operation.ts'
import { componentNodeOperations } from './component-node.ts'
import { credentialOperations } from './credential.ts'
import { pageConfigOperations } from './page-config.ts'

/** Empty for any other schema. */
export function metabuilderTable(schema: SchemaData): ReadonlyMap<string, ReadonlyMap<string, Operation>> {
  if (schema.name !== 'metabuilder') return new Map()
  const own: Record<string, Record<string, Operation>> = {
    Credential: credentialOperations,
    PageConfig: pageConfigOperations,
    ComponentNode: componentNodeOperations,
  }
  return new Map(
    Object.entries(own).map(([entity, operations]) => [entity, new Map(Object.entries(operations))]),
  )
}
