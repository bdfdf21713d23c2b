/** Entities besides its own whose rows decide what a list shows: those that rules, filters and includes look at. */

import type { EntityAccess } from '../access/access.ts'
import type { EntityModel, Model } from '../model.ts'
import { isPlainObject } from '../values/plain-object.ts'

/** @param accessTo what the caller's role may do with an entity */
export function relatedEntities(
  entity: EntityModel,
  query: Readonly<Record<string, unknown>>,
  model: Model,
  accessTo: (entity: EntityModel) => EntityAccess,
): ReadonlySet<string> {
  const found = new Set<string>()
  const names = namesIn([query.filter, query.include])
  const visited = new Set<EntityModel>()
  const visit = (at: EntityModel) => {
    if (visited.has(at)) return
    visited.add(at)
    for (const relation of accessTo(at).guard('read')?.relations ?? []) found.add(relation.entity)
    for (const relation of at.relations.values()) {
      if (!names.has(relation.name)) continue
      found.add(relation.entity)
      visit(model.entity(relation.entity))
    }
  }
  visit(entity)
  return found
}

/** Every name anywhere in a filter or include: too many entities are watched rather than too few. */
function namesIn(part: unknown): ReadonlySet<string> {
  const names = new Set<string>()
  const visit = (value: unknown) => {
    if (typeof value === 'string') names.add(value)
    else if (Array.isArray(value)) for (const item of value) visit(item)
    else if (isPlainObject(value)) {
      for (const [name, inner] of Object.entries(value)) {
        for (const step of name.split('.')) names.add(step)
        visit(inner)
      }
    }
  }
  visit(part)
  return names
}
