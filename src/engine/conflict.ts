/**
 * From a database's error to ours. The driver has told the kind by the database's own code; which constraint it was is
 * found by asking for it, because error text is no interface.
 */

import type { DriverError } from '../drivers/driver.ts'
import { DBALError } from '../protocol/error.ts'
import type { Row } from '../protocol/rows.ts'
import type { Lookup, Match } from './lookup.ts'
import type { EntityModel, Model } from './model.ts'
import type { Caller } from './query/binding.ts'
import type { Work } from './work.ts'

/** What was being written when the database refused. */
export interface Attempted {
  readonly entity: EntityModel
  readonly operation: 'create' | 'update' | 'delete'
  /** The row as it would have been; for a delete the row that was to go. */
  readonly row: Row
}

/** Finds out which constraint refused a row. */
export class Conflicts {
  readonly #model: Model
  readonly #lookup: Lookup

  constructor(model: Model, lookup: Lookup) {
    this.#model = model
    this.#lookup = lookup
  }

  /** The CONFLICT for a refused write; call it in the state in which the refused statement is undone. */
  *explain(error: DriverError, attempted: Attempted, caller: Caller): Work<DBALError> {
    const { entity, operation, row } = attempted
    if (error.kind === 'unique') {
      for (const fields of uniqueKeys(entity)) {
        if (fields.some((field) => row[field] === null)) continue
        if (yield* this.#lookup.exists(entity, taken(entity, fields, attempted), caller)) {
          return conflict(entity, fields, 'unique', `${entity.name}.${fields.join(' and ')} is already taken`)
        }
      }
      return conflict(entity, [], 'unique', `A unique value of ${entity.name} is already taken`)
    }
    if (error.kind === 'foreignKey') {
      if (operation !== 'delete') {
        for (const field of entity.fields) {
          const target = field.data.references
          if (!target || row[field.name] === null) continue
          const other = this.#model.entity(target.entity)
          const found = yield* this.#lookup.exists(
            other,
            { equal: { [target.field]: row[field.name] } },
            caller,
          )
          if (!found) {
            return dangling(entity, field.name, target.entity)
          }
        }
      }
      for (const other of this.#model.entities.values()) {
        for (const field of other.fields) {
          const target = field.data.references
          if (target?.entity !== entity.name || !blocksDelete(target.onDelete)) continue
          if (yield* this.#lookup.exists(other, { equal: { [field.name]: row[target.field] } }, caller)) {
            return conflict(
              entity,
              [field.name],
              'foreignKey',
              `This ${entity.name} is still needed: a ${other.name} refers to it by ${field.name}`,
            )
          }
        }
      }
      return conflict(entity, [], 'foreignKey', `A reference of ${entity.name} does not hold`)
    }
    return conflict(
      entity,
      [],
      error.kind === 'notNull' ? 'notNull' : 'check',
      `The database refused this ${entity.name}`,
    )
  }
}

/** Another row has the same values. */
function taken(entity: EntityModel, fields: readonly string[], { operation, row }: Attempted): Match {
  const equal = pick(row, fields)
  return operation === 'update' ? { equal, not: pick(row, entity.data.primaryKey) } : { equal }
}

const pick = (row: Row, fields: readonly string[]): Row =>
  Object.fromEntries(fields.map((field) => [field, row[field]]))

/** Every set of fields that must be unique: primary key, unique fields, unique indexes. */
export function uniqueKeys(entity: EntityModel): readonly (readonly string[])[] {
  return [
    entity.data.primaryKey,
    ...entity.fields.filter((field) => field.data.unique).map((field) => [field.name]),
    ...entity.data.indexes.filter((index) => index.unique).map((index) => index.fields),
  ]
}

/** The CONFLICT for a reference to a row that does not exist, or not for this caller. */
export function dangling(entity: EntityModel, field: string, target: string): DBALError {
  const message = `${entity.name}.${field} refers to a ${target} that does not exist`
  return conflict(entity, [field], 'foreignKey', message)
}

const blocksDelete = (action: string) => action === 'restrict' || action === 'noAction'

function conflict(
  entity: EntityModel,
  fields: readonly string[],
  constraint: 'unique' | 'foreignKey' | 'notNull' | 'check',
  message: string,
): DBALError {
  return new DBALError('CONFLICT', message, { entity: entity.name, fields, constraint })
}
