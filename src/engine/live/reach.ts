/** Which rows a write can change through foreign keys: the engine sees the row that was written, the database the rest. */

import type { ReferenceAction } from '../../schema/schema.ts'
import type { RowChange } from '../call.ts'
import type { EntityModel, FieldModel, Model } from '../model.ts'

/** A field of another entity whose foreign key acts when the row that it refers to goes or changes its key. */
interface Follower {
  readonly entity: EntityModel
  readonly field: FieldModel
  readonly referenced: FieldModel
  readonly onDelete: Action | null
  readonly onUpdate: Action | null
}

/** What it does to the row that refers: removes it, or gives it the new key; or takes the reference away. */
type Action = 'cascade' | 'setNull'

/** Rows of `entity` that had or have one of `values` in `field`. */
export interface Reached {
  readonly entity: EntityModel
  readonly field: FieldModel
  /** The field that they refer by it to. */
  readonly referenced: FieldModel
  readonly action: Action
  /** What `referenced` was, and what it is; undefined for a row that is gone. */
  readonly values: readonly [before: unknown, after: unknown]
}

export class Reach {
  readonly #followers = new Map<string, Follower[]>()
  readonly #closure = new Map<string, ReadonlySet<string>>()

  constructor(model: Model) {
    for (const entity of model.entities.values()) {
      for (const field of entity.fields) {
        const { references } = field.data
        if (!references) continue
        const [onDelete, onUpdate] = [actionOf(references.onDelete), actionOf(references.onUpdate)]
        const referenced = model.entities.get(references.entity)?.field(references.field)
        if (!referenced || (!onDelete && !onUpdate)) continue
        const followers = this.#followers.get(references.entity) ?? []
        followers.push({ entity, field, referenced, onDelete, onUpdate })
        this.#followers.set(references.entity, followers)
      }
    }
    for (const name of model.entities.keys()) this.#closure.set(name, this.#reachOf(name))
  }

  /** Every entity that a change of this one can reach, over any number of steps. */
  from(name: string): ReadonlySet<string> {
    return this.#closure.get(name) ?? new Set()
  }

  /** Whether it can have reached any row. */
  actsOn(change: RowChange): boolean {
    // Mostly a row is changed and keeps its key.
    return this.#followers.has(change.entity.name) && this.of(change).length > 0
  }

  /** The rows that the change itself may have reached; rows that these reach in turn are not among them. */
  of({ entity, before, after, isAlone }: RowChange): readonly Reached[] {
    const followers = this.#followers.get(entity.name)
    if (!before || !followers || isAlone) return []
    return followers.flatMap((follower) => {
      const { field, referenced, onDelete, onUpdate } = follower
      const values = [before[referenced.name], after?.[referenced.name]] as const
      const action = after ? onUpdate : onDelete
      if (!action || (after && values[0] === values[1])) return []
      return [{ entity: follower.entity, field, referenced, action, values }]
    })
  }

  #reachOf(name: string): ReadonlySet<string> {
    const reached = new Set<string>()
    const visit = (from: string) => {
      for (const { entity } of this.#followers.get(from) ?? []) {
        if (reached.has(entity.name)) continue
        reached.add(entity.name)
        visit(entity.name)
      }
    }
    visit(name)
    return reached
  }
}

function actionOf(action: ReferenceAction): Action | null {
  return action === 'cascade' || action === 'setNull' ? action : null
}
