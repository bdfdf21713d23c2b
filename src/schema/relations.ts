/**
 * Relations come from references. `pageId` gives `page`, `createdBy` gives `createdByUser`; the way back is the accessor
 * of the referring entity (`workflows`), with `By<Field>` when it refers twice. `as` and `inverse` name them otherwise.
 */

import { type Issue, invalidAll } from '../protocol/error.ts'
import type { Reference, Relation, SchemaData } from './schema.ts'

export type Relations = Readonly<Record<string, readonly Relation[]>>

/**
 * The relations of every entity, by entity.
 * @throws DBALError VALIDATION_ERROR when two have one name, or one has the name of a field
 */
export function relationsOf(schema: Pick<SchemaData, 'entities'>): Relations {
  const issues: Issue[] = []
  const relations = collectRelations(schema, issues)
  if (issues.length > 0) throw invalidAll(issues)
  return relations
}

/** As `relationsOf`, with the collisions as issues; a relation that collides is left out. */
export function collectRelations({ entities }: Pick<SchemaData, 'entities'>, issues: Issue[]): Relations {
  const relations: Record<string, Relation[]> = {}
  for (const name of Object.keys(entities)) relations[name] = []

  const add = (owner: string, relation: Relation, place: string) => {
    const taken = Object.hasOwn(entities[owner]?.fields ?? {}, relation.name)
      ? 'a field'
      : relations[owner]?.some(({ name }) => name === relation.name)
        ? 'another relation'
        : undefined
    if (taken) {
      issues.push({
        path: place,
        message: `names the relation ${owner}.${relation.name}, which is already ${taken}; give another name with "${place.slice(place.lastIndexOf('.') + 1)}"`,
      })
    } else relations[owner]?.push(relation)
  }

  for (const [name, entity] of Object.entries(entities)) {
    for (const [field, { references, as, inverse }] of Object.entries(entity.fields)) {
      if (!references || !Object.hasOwn(entities, references.entity)) continue
      const { entity: target, field: foreignField } = references
      const place = `${name}.fields.${field}`
      const forward = as ?? forwardName(field, references)
      add(
        name,
        { name: forward, kind: 'one', entity: target, localField: field, foreignField },
        `${place}.as`,
      )
      const twice =
        Object.values(entity.fields).filter((other) => other.references?.entity === target).length > 1
      const back = inverse ?? backwardName(entity.accessor, field, twice)
      add(
        target,
        { name: back, kind: 'many', entity: name, localField: foreignField, foreignField: field },
        `${place}.inverse`,
      )
    }
  }
  return relations
}

/** `pageId` and `page_id` give `page`; `createdBy` gives `createdByUser`. */
export function forwardName(field: string, { entity }: Pick<Reference, 'entity'>): string {
  const [, stem] = /^(.+?)(?:Id|_id)$/.exec(field) ?? []
  return stem ?? field + entity
}

export function backwardName(accessor: string, field: string, twice: boolean): string {
  return twice ? `${accessor}By${field.charAt(0).toUpperCase()}${field.slice(1)}` : accessor
}
