/** What a caller's name means in a query over an entity: a field that the caller may read, or a place in a json field. */

import { DBALError, invalid } from '../../protocol/error.ts'
import type { EntityAccess } from '../access/access.ts'
import type { FieldModel } from '../model.ts'
import { forbiddenNames, quoteName } from '../values/plain-object.ts'
import { parseJsonPath } from './json-path.ts'
import { columnOf } from './nodes.ts'
import { type JsonSubject, type Subject, subjectOf } from './subject.ts'
import { forbiddenField } from './visibility.ts'

export class Names {
  readonly access: EntityAccess
  /** As errors name it: `list`, `updateMany`. */
  readonly operation: string

  constructor(access: EntityAccess, operation: string) {
    this.access = access
    this.operation = operation
  }

  /** @throws DBALError VALIDATION_ERROR for no field, FORBIDDEN for one that the caller may not read */
  field(name: unknown, path: string): FieldModel {
    const field = typeof name === 'string' ? this.access.entity.field(name) : undefined
    if (field) return this.#readable(field)
    throw this.#unknown(typeof name === 'string' ? name : String(typeof name), path)
  }

  /** As `field`, for a filter: json paths too. Relations are told apart from names that mean nothing. */
  subject(name: string, path: string): Subject | JsonSubject {
    const { entity } = this.access
    const field = entity.field(name)
    if (field) return subjectOf(this.#readable(field))
    const place = parseJsonPath(entity, name, path)
    if (place) {
      const column = this.#readable(place.field).name
      return { kind: 'json', key: `j${place.field.index}.`, column: () => columnOf(column), path: place.path }
    }
    if (entity.relations.has(name)) {
      throw new DBALError('CAPABILITY_NOT_SUPPORTED', `${path}: filters over relations are not supported`, {
        capability: 'relations',
      })
    }
    throw this.#unknown(name, path)
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
