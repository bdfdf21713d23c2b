/**
 * Rows that expire leave live results at their instant, without anybody writing. For each entity with expiry that
 * somebody watches, the next instant at which one of its rows goes is known or is asked for.
 */

import { systemPrincipal } from '../../protocol/principal.ts'
import type { EntityModel, Model } from '../model.ts'
import type { Tools } from '../operations/operation.ts'
import type { Work } from '../work.ts'

export class Expiry {
  readonly #tools: Tools
  readonly #entities: readonly EntityModel[]
  /** The next instant of an entity, null for never; not there where it has to be asked for. */
  readonly #next = new Map<string, string | null>()

  constructor(tools: Tools, model: Model) {
    this.#tools = tools
    this.#entities = [...model.entities.values()].filter(({ data }) => data.ttl !== undefined)
  }

  /** Somebody waits for the instant of a row. */
  get isAwaited(): boolean {
    for (const next of this.#next.values()) if (next !== null) return true
    return false
  }

  /** Rows of these entities have changed: what is known of them holds no more. */
  forget(names: Iterable<string>): void {
    if (this.#entities.length > 0) for (const name of names) this.#next.delete(name)
  }

  /** The entities of which a row has gone by now. */
  due(now: () => string): readonly string[] {
    if (this.#next.size === 0) return []
    const at = now()
    return [...this.#next].flatMap(([name, next]) => (next !== null && next <= at ? [name] : []))
  }

  /** The next instant at which a row of a watched entity goes; null for never. */
  *next(isWatched: (entity: string) => boolean, now: () => string): Work<string | null> {
    let least: string | null = null
    for (const entity of this.#entities) {
      if (!isWatched(entity.name)) continue
      const next = this.#next.get(entity.name) ?? (yield* this.#ask(entity, now()))
      this.#next.set(entity.name, next)
      if (next !== null && (least === null || next < least)) least = next
    }
    return least
  }

  /** Over all rows that are not gone yet, whoever may see them. */
  *#ask(entity: EntityModel, now: string): Work<string | null> {
    const ttl = entity.data.ttl as string
    const { queries, policies } = this.#tools
    const access = policies.for('system').entity(entity)
    const caller = { principal: systemPrincipal, now }
    const [row] = yield* queries.aggregate(access, { min: [ttl] }, caller)
    return (row as { min: { [field: string]: string | null } }).min[ttl] ?? null
  }
}
