/** Which rows a write can change through foreign keys: the engine sees the row that was written, the database the rest. */

import type { RowChange } from '../call.ts'
import type { EntityModel, FieldModel, Model } from '../model.ts'

/** A field of another entity whose foreign key acts when the row that it refers to goes or changes its key. */
interface Follower {
  readonly entity: EntityModel
  readonly field: FieldModel
  readonly referenced: string
  readonly onDelete: boolean
  readonly onUpdate: boolean
}

/** Rows of `entity` that had or have one of `values` in `field`. */
export interface Reached {
  readonly entity: EntityModel
  readonly field: FieldModel
  readonly values: readonly unknown[]
}

export class Reach {
  readonly #followers = new Map<string, Follower[]>()
  readonly #closure = new Map<string, ReadonlySet<string>>()

  constructor(model: Model) {
    for (const entity of model.entities.values()) {
      for (const field of entity.fields) {
        const { references } = field.data
        if (!references) continue
        const acts = (action: string | undefined) => action === 'cascade' || action === 'setNull'
        const [onDelete, onUpdate] = [acts(references.onDelete), acts(references.onUpdate)]
        if (!onDelete && !onUpdate) continue
        const followers = this.#followers.get(references.entity) ?? []
        followers.push({ entity, field, referenced: references.field, onDelete, onUpdate })
        this.#followers.set(references.entity, followers)
      }
    }
    for (const name of model.entities.keys()) this.#closure.set(name, this.#reachOf(name))
  }

  /** Every entity that a change of this one can reach, over any number of steps. */
  from(name: string): ReadonlySet<string> {
    return this.#closure.get(name) ?? new Set()
  }

  /** The rows that the change itself may have reached; rows that these reach in turn are not among them. */
  of({ entity, before, after, isAlone }: RowChange): readonly Reached[] {
    const followers = this.#followers.get(entity.name)
    if (!before || !followers || isAlone) return []
    return followers.flatMap((follower) => {
      const { field, referenced, onDelete, onUpdate } = follower
      const acts = after ? onUpdate && before[referenced] !== after[referenced] : onDelete
      if (!acts) return []
      return [{ entity: follower.entity, field, values: [before[referenced], after?.[referenced]] }]
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
