/** From what was written to a whole schema that is sound; or everything that is wrong with it. */

import { DBALError, invalidAll } from '../protocol/error.ts'
import { isClientMember } from './accessor.ts'
import { checkEntity } from './check-entity.ts'
import { normalise } from './normalise.ts'
import { Reader } from './read.ts'
import { readDefinitions } from './read-definitions.ts'
import { collectRelations } from './relations.ts'
import { parseRowFilter } from './row-filter.ts'
import type { SchemaData } from './schema.ts'

/**
 * `lenient` is for a schema that was made elsewhere (introspected, or normalised before).
 * @throws DBALError VALIDATION_ERROR with everything that is wrong
 */
export function readSchema(definitions: unknown, name: string, lenient: boolean): SchemaData {
  const read = new Reader()
  const schema = normalise(name, readDefinitions(read, definitions, lenient), lenient)
  for (const [entity, data] of Object.entries(schema.entities)) checkEntity(read, data, entity, lenient)
  checkAccessors(read, schema)
  checkReferences(read, schema, lenient)
  checkRules(read, schema)
  if (read.issues.length > 0) throw invalidAll(read.issues)
  return schema
}

function checkAccessors(read: Reader, { entities }: SchemaData): void {
  const owners: Record<string, string> = {}
  for (const [name, { accessor }] of Object.entries(entities)) {
    const wrong = isClientMember(accessor)
      ? 'is a member of the client'
      : Object.hasOwn(owners, accessor)
        ? `is that of ${owners[accessor]}`
        : !/^[a-z_$][\w$]*$/i.test(accessor) && 'is not an identifier'
    if (wrong) read.note(`${name}.accessor`, `"${accessor}" ${wrong}; give it another`)
    else owners[accessor] = name
  }
}

function checkReferences(read: Reader, { entities }: SchemaData, lenient: boolean): void {
  for (const [name, { fields }] of Object.entries(entities)) {
    for (const [field, { type, references }] of Object.entries(fields)) {
      if (!references) continue
      const full = `${references.entity}.${references.field}`
      const target = Object.hasOwn(entities, references.entity) ? entities[references.entity] : undefined
      const other =
        target && Object.hasOwn(target.fields, references.field) && target.fields[references.field]
      const wrong = !other
        ? `there is no ${full}`
        : !lenient &&
          (other.type !== type
            ? `${full} is a ${other.type}, not a ${type}`
            : !other.unique && target.primaryKey.join() !== references.field && `${full} is not unique`)
      if (wrong) read.note(`${name}.fields.${field}.references`, wrong)
    }
  }
}

function checkRules(read: Reader, schema: SchemaData): void {
  const relations = collectRelations(schema, read.issues)
  for (const [entity, { rules }] of Object.entries(schema.entities)) {
    for (const [at, rule] of rules.entries()) {
      for (const part of ['rowFilter', 'check'] as const) {
        const text = rule[part]
        if (!text) continue
        try {
          parseRowFilter(text, { place: `${entity}.rules[${at}].${part}`, schema, entity, relations })
        } catch (error) {
          if (!(error instanceof DBALError) || !error.is('VALIDATION_ERROR')) throw error
          read.issues.push(...(error.details?.issues ?? []))
        }
      }
    }
  }
}
