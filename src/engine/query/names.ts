/**
 * What a caller's name means in a query over an entity: a field that the caller may read, a place in a json field, or a
 * relation to an entity that the caller may read.
 */

import { type DBALError, invalid } from '../../protocol/error.ts'

import type { EntityAccess } from '../access/access.ts'
import type { FieldModel } from '../model.ts'
import { forbiddenNames, quoteName } from '../values/plain-object.ts'
import { parseJsonPath } from './json-path.ts'
import { columnOf, self } from './nodes.ts'
import { type JsonSubject, type RelationSubject, type Subject, subjectOf } from './subject.ts'
import { forbiddenField, guardOf } from './visibility.ts'

/** Hears of what `permissive` lets through although no rule allows it. */
export interface Denials {
  note(): void
}

export class Names {
  readonly access: EntityAccess
  /** As errors name it: `list`, `updateMany`. */
  readonly operation: string
  /** The alias of the entity in the statement. */
  readonly table: string
  readonly #denials: Denials | undefined

  /** @param denials told what `permissive` lets through */
  constructor(access: EntityAccess, operation: string, denials?: Denials, table = self) {
    this.access = access
    this.operation = operation
    this.table = table
    this.#denials = denials
  }

  /** @throws DBALError VALIDATION_ERROR for no field, FORBIDDEN for one that the caller may not read */
  field(name: unknown, path: string): FieldModel {
    const field = typeof name === 'string' ? this.access.entity.field(name) : undefined
    if (field) return this.#readable(field)
    throw this.#unknown(typeof name === 'string' ? name : String(typeof name), path)
  }

  /** As `field`, for a filter: json paths and relations too. */
  subject(name: string, path: string): Subject | JsonSubject | RelationSubject {
    const { entity } = this.access
    const field = entity.field(name)
    if (field) return subjectOf(this.#readable(field), this.table)
    const place = parseJsonPath(entity, name, path)
    if (place) {
      const column = this.#readable(place.field).name
      return {
        kind: 'json',
        key: `j${place.field.index}.`,
        column: () => columnOf(column, this.table),
        path: place.path,
      }
    }
    if (entity.relations.has(name)) return this.related(name, path, `${this.table}$1`)
    throw this.#unknown(name, path)
  }

  /**
   * The entity behind a relation.
   * @param table its alias in the statement
   * @throws DBALError VALIDATION_ERROR for no relation, FORBIDDEN for one that would tell of a field or an entity that the
   * caller may not read
   */
  related(name: string, path: string, table = self): RelationSubject {
    const { access } = this
    const relation = access.entity.relations.get(name)
    if (!relation) throw invalid(path, `${quoteName(name)} is not a relation of ${access.entity.name}`)
    const names = new Names(access.related(relation), this.operation, this.#denials, table)
    const guard = guardOf(names.access, 'read', this.operation)
    if (names.access.strict?.guard('read') === null) this.#denials?.note()
    const local = this.#readable(access.entity.field(relation.localField) as FieldModel)
    const foreign = names.access.entity.field(relation.foreignField) as FieldModel
    // Of the one row that a visible field names, the field is known; which rows name this one is theirs to tell.
    if (relation.kind === 'many') names.#readable(foreign)
    return { kind: 'relation', relation, names, guard, local, foreign, from: this.table }
  }

  #readable(field: FieldModel): FieldModel {
    if (!this.access.canRead(field)) throw forbiddenField(this.access.entity, field, this.operation)
    return field
  }

  #unknown(name: string, path: string): DBALError {
    if (forbiddenNames.has(name)) return invalid(path, 'is never the name of a field')
    return invalid(path, `${quoteName(name)} is not a field of ${this.access.entity.name}`)
  }
}
