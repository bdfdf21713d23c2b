/** Where cases run: one fresh database, and a way in for every identity. */

import type { Kysely, RootOperationNode } from 'kysely'
import type { DBALClient } from '../../src/client/client.ts'
import type { Transaction } from '../../src/client/transaction.ts'
import type { liveQuery, toKysely } from '../../src/kysely/index.ts'
import type { EntityRule, Schema } from '../../src/schema/define.ts'
import type { metabuilderSchema } from '../../src/schema/metabuilder/index.ts'

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
  /** Where somebody has to sign in first: resolves when they have. It is awaited before a step looks at what is stored. */
  ready?(): Promise<void>
  /** `User.create`, `users.create`, `audit.list`, `batch`, `kysely` with a tree: rejects with a DBALError. */
  call(path: string, params: readonly unknown[]): Promise<unknown>
  /** @param entity its name, or `kysely` with a tree as the query */
  live(
    entity: string,
    query: object,
    onChange: (rows: readonly unknown[], change: object) => void,
    onError: (error: unknown) => void,
  ): () => void
  /** Rejects with what `work` throws. */
  transaction(work: (inside: Inside) => Promise<void>, options: object | undefined): Promise<void>
  close(): Promise<void>
}

/** A transaction as its caller has it. */
export interface Inside extends Pick<Endpoint, 'call'> {
  transaction(work: (inside: Inside) => Promise<void>): Promise<void>
}

/** Of the package that the client is of. */
export interface KyselyEntry {
  readonly toKysely: typeof toKysely
  readonly liveQuery: typeof liveQuery
}

type Members = Readonly<Record<string, unknown>>
type Call = (...params: readonly unknown[]) => Promise<unknown>

/** The public client as an endpoint. */
export function clientEndpoint(client: DBALClient, kysely: KyselyEntry): Endpoint {
  const db = kysely.toKysely(client)
  return {
    call: (path, params) =>
      path === 'kysely' ? runTree(db, params[0] as RootOperationNode) : callMember(client, path, params),
    live(entity, query, onChange, onError) {
      if (entity !== 'kysely') return client.entity(entity as 'User').live(query, onChange, onError)
      const select = {
        isSelectQueryBuilder: true,
        compile: () => db.getExecutor().compileQuery(query as RootOperationNode, { queryId: 'case' }),
        execute: async () => [],
      } as const
      return kysely.liveQuery(select, onChange, onError)
    },
    transaction: (work, options) => client.transaction((tx) => work(insideOf(tx)), options),
    close: () => client.close(),
  }
}

function insideOf(tx: Transaction<typeof metabuilderSchema>): Inside {
  return {
    call: (path, params) => callMember(tx, path, params),
    transaction: (work) => tx.transaction((inner) => work(insideOf(inner))),
  }
}

async function callMember(
  on: DBALClient | Transaction<typeof metabuilderSchema>,
  path: string,
  params: readonly unknown[],
): Promise<unknown> {
  const dot = path.indexOf('.')
  const [owner, method] = dot < 0 ? ['', path] : [path.slice(0, dot), path.slice(dot + 1)]
  const target =
    owner === '' ? on : /^[A-Z]/.test(owner) ? on.entity(owner as 'User') : (on as unknown as Members)[owner]
  const called = (target as Members | undefined)?.[method]
  if (typeof called !== 'function') throw new TypeError(`The client has no ${path}`)
  const result: unknown = (called as Call).apply(target, [...params])
  return isIterable(result) ? collect(result) : result
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
    transaction: () => Promise.reject(error),
    close: async () => {},
  }
  return { connect: () => endpoint, close: async () => {} }
}
