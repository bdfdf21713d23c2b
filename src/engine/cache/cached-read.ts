/** A read whose result is kept: what of the database it has looked at, as live queries know it. */

import type { Row } from '../../protocol/rows.ts'
import type { AllowedCall } from '../call.ts'
import type { RowState } from '../live/row-state.ts'
import type { RowSource, Source } from '../live/source.ts'
import type { Watcher } from '../live/watcher.ts'
import type { EntityModel, FieldModel } from '../model.ts'
import { everyEntity } from '../operations/entity.ts'
import type { Tools } from '../operations/operation.ts'
import type { Caller } from '../query/binding.ts'
import { equalityKey } from '../values/equality-key.ts'
import { isPlainObject } from '../values/plain-object.ts'

export class CachedRead implements Watcher {
  readonly source: Source
  readonly #key: readonly FieldModel[]
  readonly #principal: Caller['principal']

  constructor(source: Source, { primaryKey }: EntityModel, principal: Caller['principal']) {
    this.source = source
    this.#key = primaryKey
    this.#principal = principal
  }

  looksAt(): boolean {
    return true
  }

  /**
   * Any row that it could have seen, or would see now, counts: those behind the last one of a list are in its count, and
   * push others out of it.
   */
  isConcernedBy(states: readonly RowState[], now: string): boolean {
    const { rows } = this.source
    if (!rows) return true
    const caller = { principal: this.#principal, now }
    const canMatter = (row: Row) => {
      const truth = rows.verdict(row, caller)
      return truth === true || truth === undefined
    }
    return states.some(({ id, images, isPartial }) =>
      isPartial ? this.#canBe(rows, id) : images.some(canMatter),
    )
  }

  /** Of a row of which only the id is known. */
  #canBe({ equality }: RowSource, id: unknown): boolean {
    const [field, ...more] = this.#key
    if (!field || more.length > 0 || equality?.field !== field) return true
    const key = equalityKey(field.data, id)
    return key === null || equality.keys.includes(key)
  }
}

/** What the call looks at; null for one whose result must not be kept. Call it after its first run, which has checked it. */
export function readOf(call: AllowedCall, { model, policies, queries }: Tools): CachedRead | null {
  const { entity, operation, method, caller } = call
  if (!entity || everyEntity.get(method) !== operation) return null
  const query = queryOf(call)
  if (!query) return null
  const { principal } = caller
  const policy = policies.for(principal.role)
  let source: Source
  try {
    source = queries.live({ entity, query, policy, principal, model, foreign: false })
    const { watches, rows } = source
    // What changes with time alone nobody tells of, and nobody knows what a view looks at.
    if (!watches || !rows) return null
    for (const name of [entity.name, ...watches])
      if (policy.entity(model.entity(name)).guard('read')?.isTimed) return null
  } catch {
    // A query that cannot be followed; that it can be run is known.
    return null
  }
  return new CachedRead(source, entity, principal)
}

/** Which rows the result is made of, and which relations are looked at. */
function queryOf({ method, entity, params: [first, options] }: AllowedCall): Row | null {
  switch (method) {
    case 'list':
    case 'findFirst':
    case 'aggregate':
      return isPlainObject(first) ? pick(first) : first === undefined ? {} : null
    case 'count':
      return { filter: first ?? {} }
    case 'read': {
      const key = entity?.primaryKey[0]?.name
      if (key === undefined) return null
      const filter = isPlainObject(first) ? first : { [key]: first }
      return { ...(isPlainObject(options) && pick(options)), filter }
    }
    default:
      return null
  }
}

function pick({ filter, include }: Row): Row {
  return { ...(filter !== undefined && { filter }), ...(include !== undefined && { include }) }
}
