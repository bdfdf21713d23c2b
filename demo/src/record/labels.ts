import type { EntityData, SchemaData } from '@metabuilder/dbal'

/** The field by which people know a row: its name or title rather than its id. */
export function labelField(entity: EntityData): string | undefined {
  const names = Object.keys(entity.fields).filter((name) => !entity.fields[name]?.hidden)
  const known = ['title', 'name', 'username', 'label', 'slug', 'email', 'lastname', 'type']
  for (const wanted of known) {
    const found = names.find((name) => name.toLowerCase() === wanted)
    if (found) return found
  }
  return names.find((name) => {
    const field = entity.fields[name]
    return (
      field && !field.references && !field.generated && (field.type === 'string' || field.type === 'text')
    )
  })
}

/** A relation as the studio shows it: from a row to the rows that name it. */
export interface Inverse {
  readonly entity: string
  readonly field: string
  /** The field of this entity that is named. */
  readonly target: string
}

/** Who refers to an entity. */
export function inversesOf(schema: SchemaData, entityName: string): Inverse[] {
  return Object.entries(schema.entities).flatMap(([entity, data]) =>
    Object.entries(data.fields).flatMap(([field, { references }]) =>
      references?.entity === entityName ? [{ entity, field, target: references.field }] : [],
    ),
  )
}

/** What `read`, `update` and `delete` take: the key's value, or an object of them for a composite key. */
export function idOf(entity: EntityData, row: Readonly<Record<string, unknown>>): unknown {
  const [first, ...more] = entity.primaryKey
  if (first === undefined) return undefined
  return more.length === 0
    ? row[first]
    : Object.fromEntries(entity.primaryKey.map((name) => [name, row[name]]))
}
