/**
 * The conformance world over node:sqlite, with somebody between client and engine who holds every message to the
 * description: what the engine has carried out, the description takes, and its reply is as described; errors too.
 */

import { DBALClient } from '../../src/client/client.ts'
import { liveQuery, toKysely } from '../../src/kysely/index.ts'
import type { Event } from '../../src/protocol/event.ts'
import type { Reply, Request } from '../../src/protocol/request.ts'
import { unpackResult } from '../../src/protocol/results.ts'
import { unpackRows } from '../../src/protocol/rows.ts'
import { toSocketError } from '../../src/protocol/socket.ts'
import { type Schema, schemaFromData } from '../../src/schema/define.ts'
import { metabuilderSchema } from '../../src/schema/metabuilder/index.ts'

import { principalOf } from '../../src/serve/identity.ts'
import { serveCaller } from '../../src/serve/serve-caller.ts'
import { LocalTransport } from '../../src/transport/local.ts'
import { asSent, type Described, described } from '../support/described.ts'
import { openMemoryEngine } from './node-worlds.ts'
import { type CreateWorld, clientEndpoint } from './world.ts'

/** Operations that were carried out at least once. */
export const carriedOut = new Set<string>()
let problems: string[] = []

/** What was not as described since it was last asked. */
export function takeProblems(): string[] {
  const taken = problems
  problems = []
  return taken
}

const known = new Map<unknown, Described>()

function describedOnce(key: unknown, schema: Schema): Described {
  const description = known.get(key) ?? described(schema)
  known.set(key, description)
  return description
}

export const builtinDescribed = (): Described => describedOnce(undefined, metabuilderSchema)

/** The conformance world, with somebody between client and engine who looks at every message. */
export const observedWorld: CreateWorld = async (options) => {
  const engine = await openMemoryEngine(options)
  const given = options.schema ?? metabuilderSchema
  const schema = options.rules ? schemaFromData(given, options.rules) : given
  const description = describedOnce(options.schema, schema)
  let clients = 0
  return {
    connect(identity) {
      const transport = new LocalTransport({
        connect(emit) {
          const caller = serveCaller({
            engine,
            principal: principalOf(identity),
            clientId: `client-${++clients}`,
            maxFrameRequests: 10_000,
            emit(event) {
              observeEvent(description, event)
              emit(event)
            },
            report: String,
          })
          return {
            async exchange(frame) {
              const sent = frame.requests.map((request) => ({ request, payload: asSent(messageOf(request)) }))
              const replies = await caller.exchange(frame)
              for (const { request, payload } of sent) {
                const reply = replies.find(({ id }) => id === request.id)
                if (reply) observe(description, request, payload, reply)
              }
              return replies
            },
            close: async () => void (await caller.close()),
          }
        },
        ready: { version: engine.version },
      })
      return clientEndpoint(
        new DBALClient({ transport, ...(options.schema && { schema: options.schema }) }) as DBALClient,
        { toKysely, liveQuery },
      )
    },
    close: () => engine.close(),
  }
}

const messageOf = ({ id, method, params, transaction }: Request) => ({
  id,
  method,
  params,
  ...(transaction !== undefined && { transaction }),
})

/** Holds one exchange to the description. */
export function observe(description: Described, request: Request, payload: unknown, reply: Reply): void {
  const note = (problem: string | undefined, what: string) => {
    if (problem !== undefined)
      problems.push(`${what}: ${problem} in ${JSON.stringify(payload)?.slice(0, 400)}`)
  }
  if ('error' in reply) {
    const error = asSent({ id: reply.id, error: toSocketError(reply.error) })
    note(description.problemOf('error', error), `error ${JSON.stringify(error)}`)
    return
  }
  const key = description.operationOf(request)
  if (key === undefined) {
    problems.push(`${request.method} of ${String(request.params[0])} is not described`)
    return
  }
  carriedOut.add(key)
  note(description.problemOf(`${key}.request`, payload), `${key}.request`)
  const answer = asSent({ id: reply.id, result: unpackResult(request, reply.result) })
  note(description.problemOf(`${key}.reply`, answer), `${key}.reply ${JSON.stringify(answer).slice(0, 400)}`)
}

function observeEvent(description: Described, event: Event): void {
  const message = asSent({ event: readable(event) })
  const problem = description.problemOf(`event.${event.type}`, message)
  if (problem !== undefined) problems.push(`event ${JSON.stringify(message).slice(0, 400)}: ${problem}`)
}

function readable(event: Event): object {
  if (event.type !== 'live') return event
  if ('whole' in event) return { ...event, whole: unpackRows(event.whole) }
  const { change } = event
  return {
    ...event,
    change: { ...change, added: unpackRows(change.added), changed: unpackRows(change.changed) },
  }
}
