/** Access without rules: of the engine's own actor, and of everybody where the sandbox is not `strict`. Expired rows are gone here too. */

import type { RuleOperation } from '../../protocol/operations.ts'
import type { Dialect } from '../dialect.ts'
import type { EntityModel, FieldModel } from '../model.ts'
import type { EntityAccess, Guard, RelatedAccess } from './access.ts'
import { createGuard } from './guard.ts'
import { ttlPredicate } from './predicate.ts'

export interface OpenAccessOptions {
  /** Hidden fields can be asked for by name; by default they are in no result all the same. The engine's actor only. */
  readonly seesHidden: boolean
  /** What rules would have said. */
  readonly strict: EntityAccess | null
  readonly related: RelatedAccess
}

export class OpenAccess implements EntityAccess {
  readonly entity: EntityModel
  readonly escalation = null
  readonly strict: EntityAccess | null
  readonly related: RelatedAccess
  readonly updatePairs = null
  readonly readable: readonly FieldModel[]
  readonly #alive: Guard
  readonly #everyRow: Guard
  readonly #seesHidden: boolean

  constructor(entity: EntityModel, dialect: Dialect, { seesHidden, strict, related }: OpenAccessOptions) {
    this.entity = entity
    this.strict = strict
    this.related = related
    this.#seesHidden = seesHidden
    this.#alive = createGuard(ttlPredicate(entity), dialect)
    this.#everyRow = createGuard(null, dialect)
    this.readable = entity.fields.filter(({ data }) => !data.hidden)
  }

  guard(operation: RuleOperation): Guard {
    return operation === 'create' ? this.#everyRow : this.#alive
  }

  check(): Guard {
    return this.#everyRow
  }

  canRead(field: FieldModel): boolean {
    return this.#seesHidden || !field.data.hidden
  }

  canWrite(): boolean {
    return true
  }
}
