/**
 * The numbers that the engine has given to the shapes of queries on this connection: a query whose shape is known travels
 * as its number and its values.
 */

import type { Connection } from '../client/connection.ts'
import type { KyselyQuery, KyselyResult, UnknownShape } from '../protocol/kysely.ts'
import type { EncodedQuery } from './encode.ts'

/** As many as the engine keeps for a caller. */
const mostShapes = 500
/** Longer trees, such as inserts of many rows, hardly come twice. In UTF-16 code units. */
const longestKey = 65_536

export type Send = (query: KyselyQuery) => Promise<unknown>

export class Shapes {
  /** By tree, the one used longest ago first. */
  readonly #numbers = new Map<string, number>()

  constructor(connection: Connection) {
    connection.on('connection', ({ state }) => {
      // The next session gives its own numbers.
      if (state === 'lost') this.#numbers.clear()
    })
  }

  /** @param send carries the query to the engine */
  async run({ tree, params }: EncodedQuery, send: Send): Promise<KyselyResult> {
    const shape = this.#numbers.get(tree)
    if (shape !== undefined) {
      const answer = (await send({ shape, params })) as KyselyResult | UnknownShape
      if (!('unknownShape' in answer)) {
        this.#keep(tree, answer.shape)
        return answer
      }
      this.#numbers.delete(tree)
    }
    const answer = (await send({ tree, params })) as KyselyResult
    this.#keep(tree, answer.shape)
    return answer
  }

  #keep(tree: string, shape: number): void {
    if (tree.length > longestKey) return
    this.#numbers.delete(tree)
    this.#numbers.set(tree, shape)
    if (this.#numbers.size > mostShapes) {
      const [oldest = ''] = this.#numbers.keys()
      this.#numbers.delete(oldest)
    }
  }
}
