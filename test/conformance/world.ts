/** Where cases run: one fresh database, and a way in for every identity. */

import type { Kysely, RootOperationNode } from 'kysely'
import type { DBALClient } from '../../src/client/client.ts'
import type { toKysely } from '../../src/kysely/index.ts'
import type { EntityRule, Schema } from '../../src/schema/define.ts'

export interface Identity {
  readonly id: string
  readonly role: string
  readonly username?: string | undefined
  readonly email?: string | undefined
}

export interface World {
  /** A client for an identity, null for nobody; the cases ask once for each. */
  connect(identity: Identity | null): Endpoint
  close(): Promise<void>
}

export interface WorldOptions {
  /** Default: the built-in one. */
  readonly schema?: Schema
  /** In place of all rules of the schema. */
  readonly rules?: readonly EntityRule[]
}

/** Makes a fresh database. Schema or rules may be refused here, or by every call of the world's clients. */
export type CreateWorld = (options: WorldOptions) => Promise<World>

export interface Endpoint {
  /** `User.create`, `users.create`, `audit.list`, `batch`, `kysely` with a tree: rejects with a DBALError. */
  call(path: string, params: readonly unknown[]): Promise<unknown>
  live(
    entity: string,
    query: object,
    onChange: (rows: readonly unknown[], change: object) => void,
    onError: (error: unknown) => void,
  ): () => void
  close(): Promise<void>
}

type Members = Readonly<Record<string, unknown>>
type Call = (...params: readonly unknown[]) => Promise<unknown>

/**
 * The public client as an endpoint.
 * @param kyselyOf `toKysely` of the same package
 */
export function clientEndpoint(client: DBALClient, kyselyOf: typeof toKysely): Endpoint {
  const db = kyselyOf(client)
  return {
    async call(path, params) {
      if (path === 'kysely') return runTree(db, params[0] as RootOperationNode)
      const dot = path.indexOf('.')
      const [owner, method] = dot < 0 ? ['', path] : [path.slice(0, dot), path.slice(dot + 1)]
      const target =
        owner === ''
          ? client
          : /^[A-Z]/.test(owner)
            ? client.entity(owner as 'User')
            : (client as unknown as Members)[owner]
      const called = (target as Members | undefined)?.[method]
      if (typeof called !== 'function') throw new TypeError(`The client has no ${path}`)
      const result: unknown = (called as Call).apply(target, [...params])
      return isIterable(result) ? collect(result) : result
    },
    live: (entity, query, onChange, onError) =>
      client.entity(entity as 'User').live(query, onChange, onError),
    close: () => client.close(),
  }
}

/** Rows, and of a write how many it was about. */
async function runTree(db: Pick<Kysely<unknown>, 'executeQuery'>, query: RootOperationNode): Promise<object> {
  const { rows, numAffectedRows } = await db.executeQuery({
    query,
    queryId: { queryId: 'case' },
    sql: '',
    parameters: [],
  })
  return { rows, ...(numAffectedRows !== undefined && { affected: Number(numAffectedRows) }) }
}

const isIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value

async function collect(lines: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const line of lines) all.push(line)
  return all
}

/** A world that did not come to be. */
export function refusingWorld(error: unknown): World {
  const endpoint: Endpoint = {
    call: () => Promise.reject(error),
    live: (_entity, _query, _onChange, onError) => {
      onError(error)
      return () => {}
    },
    close: async () => {},
  }
  return { connect: () => endpoint, close: async () => {} }
}
