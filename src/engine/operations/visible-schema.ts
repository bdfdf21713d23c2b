/** The schema as a caller may know it: what its role can reach, and nothing of the rules that say so. */

import { ruleOperations } from '../../protocol/operations.ts'
import type { EntityData, FieldData, SchemaData } from '../../schema/schema.ts'
import type { Policy } from '../access/policy.ts'
import type { EntityModel, Model } from '../model.ts'
import type { Caller } from '../query/binding.ts'

/**
 * A supergod, who may have the whole file, is told the whole schema. Anybody else: entities of which some rule allows
 * some operation, with the key and the fields that may be read or written.
 */
export function visibleSchema(schema: SchemaData, model: Model, policy: Policy, caller: Caller): SchemaData {
  if (caller.principal.role === 'supergod') return schema
  const reached = [...model.entities.values()].filter((entity) =>
    ruleOperations.some((operation) => policy.entity(entity).guard(operation) !== null),
  )
  const names: Names = new Map(reached.map((entity) => [entity.name, namesOf(entity, policy, caller)]))
  const entities = reached.map((entity) => [entity.name, visibleEntity(entity.data, entity.name, names)])
  return { ...schema, entities: Object.fromEntries(entities) }
}

/** The fields that a caller may know of, by entity. */
type Names = ReadonlyMap<string, ReadonlySet<string>>

function namesOf(entity: EntityModel, policy: Policy, caller: Caller): ReadonlySet<string> {
  const access = policy.entity(entity)
  const known = entity.fields.filter(
    (field) =>
      entity.primaryKey.includes(field) ||
      access.canRead(field) ||
      // A hidden field is named to those who may set it.
      access.canWrite('create', field, caller) ||
      access.canWrite('update', field, caller),
  )
  return new Set(known.map(({ name }) => name))
}

function visibleEntity(whole: EntityData, entity: string, names: Names): EntityData {
  const { ttl, tree, principal, ...data } = whole
  const isKnown = (name: string) => names.get(entity)?.has(name) === true
  const fields = Object.entries(data.fields).filter(([name]) => isKnown(name))
  return {
    ...data,
    fields: Object.fromEntries(fields.map(([name, field]) => [name, visibleField(field, names)])),
    indexes: data.indexes.filter((index) => index.fields.every(isKnown)),
    search: data.search.filter(isKnown),
    rules: [],
    ...(ttl !== undefined && isKnown(ttl) && { ttl }),
    ...(tree && Object.values(tree).every(isKnown) && { tree }),
    ...(principal && isKnown(principal.role) && { principal }),
  }
}

/** A reference names an entity and a field of it. */
function visibleField(field: FieldData, names: Names): FieldData {
  const { references, as, inverse, ...data } = field
  if (!references || !names.get(references.entity)?.has(references.field)) return data
  return { ...data, references, ...(as !== undefined && { as }), ...(inverse !== undefined && { inverse }) }
}
