/** The validators of a schema, made once; see docs/reference/validation.md for the rules. */

import { invalid, invalidAll } from '../../protocol/error.ts'
import type { Limits } from '../../protocol/limits.ts'
import type { Row } from '../../protocol/rows.ts'
import type { EntityModel, Model } from '../model.ts'
import { readKey } from '../values/key.ts'
import { EntityValidator, Issues } from './entity-validator.ts'

export class Validators {
  readonly #limits: Limits
  readonly #byEntity: ReadonlyMap<EntityModel, EntityValidator>

  constructor(model: Model, limits: Limits) {
    this.#limits = limits
    this.#byEntity = new Map(
      Array.from(model.entities.values(), (entity) => [entity, new EntityValidator(entity, limits)]),
    )
  }

  /**
   * A complete row, in the order of the entity's fields: defaults filled in, null where an optional field is absent.
   * What the engine sets (id unless given, createdAt, updatedAt, rowid) is there as undefined.
   * @param path where the input stands in the request: '' or `[2]`
   * @throws DBALError VALIDATION_ERROR with all that is wrong
   */
  create(entity: EntityModel, input: unknown, path = ''): Row {
    const issues = new Issues()
    const row = this.#of(entity).create(input, path, issues)
    return settle(row, issues)
  }

  /**
   * The rows of a createMany; issues of all rows together, as `[2].title`.
   * @throws DBALError VALIDATION_ERROR, also for no list and for more than `maxManyRows`
   */
  createMany(entity: EntityModel, inputs: unknown, path = ''): Row[] {
    if (!Array.isArray(inputs))
      throw invalid(path, `must be a list of objects with the fields of ${entity.name}`)
    if (inputs.length > this.#limits.maxManyRows) {
      throw invalid(path, `must have at most ${this.#limits.maxManyRows} rows`)
    }
    const issues = new Issues()
    const validator = this.#of(entity)
    const rows: Row[] = []
    for (let at = 0; at < inputs.length && !issues.full; at++) {
      rows.push(validator.create(inputs[at], `${path}[${at}]`, issues))
    }
    return settle(rows, issues)
  }

  /**
   * The given fields alone, normalised; an empty object when none is given.
   * @throws DBALError VALIDATION_ERROR with all that is wrong
   */
  update(entity: EntityModel, input: unknown, path = ''): Row {
    const issues = new Issues()
    const row = this.#of(entity).update(input, path, issues)
    return settle(row, issues)
  }

  /** The key's values in the order of the primary key; null when malformed: such an id is the id of no row. */
  id(entity: EntityModel, value: unknown): readonly unknown[] | null {
    return readKey(entity, value)
  }

  #of(entity: EntityModel): EntityValidator {
    const validator = this.#byEntity.get(entity)
    if (!validator) throw new Error('The entity belongs to another model')
    return validator
  }
}

function settle<T>(value: T, { list }: Issues): T {
  if (list.length > 0) throw invalidAll(list)
  return value
}
