/**
 * At most once. The reply of a write is recorded in the write's own transaction; a request that comes again with the same
 * id (its reply was lost with a worker or a socket) gets that reply and is not run again.
 *
 * What must hold:
 * - a recorded reply is there exactly when the write is: both are in one transaction;
 * - a reply is forgotten only when the client said, by `ack`, that it has it;
 * - a slot (a row of the table) is written again only when every reply in it is forgotten, so one client costs a few rows.
 */

import type { Statement } from '../drivers/driver.ts'
import type { Principal } from '../protocol/principal.ts'
import type { Frame, Reply, RequestId } from '../protocol/request.ts'
import { ask, type Work } from './work.ts'

export const outcomesTable = '_dbal_outcomes'

/** A client that was away longer than this does not come back for its replies: milliseconds. */
const keepMs = 86_400_000

const put: Statement = {
  sql: `insert into main."${outcomesTable}" ("client", "slot", "at", "replies") values (?, ?, ?, ?) on conflict ("client", "slot") do update set "at" = excluded."at", "replies" = excluded."replies"`,
  columns: [],
}
const load: Statement = {
  sql: `select "slot", "replies" from main."${outcomesTable}" where "client" = ? order by "slot"`,
  columns: ['integer', 'text'],
}
const forget: Statement = { sql: `delete from main."${outcomesTable}" where "client" = ?`, columns: [] }
const sweep: Statement = { sql: `delete from main."${outcomesTable}" where "at" < ?`, columns: [] }

/** Whose replies they are: the user, whatever the role by now, or the role of a caller who is no user. */
export function ownerOf({ userId, role }: Principal): string {
  return JSON.stringify(userId === null ? [role] : [userId, 'user'])
}

/** The recorded replies of one client as one user. */
export class Outcomes {
  readonly #client: string
  readonly #replies = new Map<RequestId, Reply>()
  /** The highest id of each slot that is in use. */
  readonly #slots = new Map<number, RequestId>()
  /** No slot below it is free. */
  #lowest = 0
  #loading: Promise<void> | null = null
  #isLoaded = false
  #ack: RequestId = 0

  /** @param owner as `ownerOf` says: a client's id is its own word, who it is, is not */
  constructor(client: string, owner: string) {
    this.#client = `${owner}${client}`
  }

  /** Loads once, before the first request. */
  ready(load: () => Promise<void>): Promise<void> {
    this.#loading ??= load().then(
      () => {
        this.#isLoaded = true
      },
      (error: unknown) => {
        this.#loading = null
        throw error
      },
    )
    return this.#loading
  }

  get isLoaded(): boolean {
    return this.#isLoaded
  }

  /** Reads what an earlier engine recorded for this client. */
  *load(): Work<void> {
    const { values } = yield* ask(load, [this.#client])
    for (let at = 0; at < values.length; at += 2) {
      const replies = parseReplies(values[at + 1] as string)
      for (const reply of replies) this.#replies.set(reply.id, reply)
      this.#slots.set(values[at] as number, highestId(replies))
    }
  }

  /** Takes note of what the client has received. */
  acknowledge(ack: Frame['ack']): void {
    if (ack <= this.#ack) return
    this.#ack = ack
    for (const id of this.#replies.keys()) if (id < ack) this.#replies.delete(id)
    for (const [slot, lastId] of this.#slots) {
      if (lastId >= ack) continue
      this.#slots.delete(slot)
      if (slot < this.#lowest) this.#lowest = slot
    }
  }

  /** Whether the client may still come back for the reply to this request. */
  isAwaited(id: RequestId): boolean {
    return id >= this.#ack
  }

  find(id: RequestId): Reply | undefined {
    return this.#replies.get(id)
  }

  /** Writes the replies of a group's writes; call inside its transaction. `settle` takes them over after the commit. */
  *record(replies: readonly Reply[], nowMs: number): Work<void> {
    const slot = this.#freeSlot()
    yield* ask(put, [this.#client, slot, nowMs, printReplies(replies)])
  }

  /** After the commit: from now on these replies are known. */
  settle(replies: readonly Reply[]): void {
    for (const reply of replies) this.#replies.set(reply.id, reply)
    this.#slots.set(this.#freeSlot(), highestId(replies))
  }

  *forget(): Work<void> {
    yield* ask(forget, [this.#client])
  }

  /** The lowest slot whose replies have all been received. */
  #freeSlot(): number {
    while (this.#slots.has(this.#lowest)) this.#lowest++
    return this.#lowest
  }
}

function highestId(replies: readonly Reply[]): RequestId {
  return replies.reduce((highest, { id }) => Math.max(highest, id), 0)
}

/** Removes what clients that never came back have left. */
export function* sweepOutcomes(nowMs: number): Work<void> {
  yield* ask(sweep, [nowMs - keepMs])
}

/**
 * JSON, and where a reply holds what JSON lacks (bigint, bytes) JSON with tagged objects. The first character tells which,
 * so that nobody's own `{ "$bigint": … }` is taken for a tag; inside the tagged form such objects travel as text.
 */
export function printReplies(replies: readonly Reply[]): string {
  if (isPlain(replies)) return `p${JSON.stringify(replies)}`
  return `t${JSON.stringify(replies, (_, value: unknown) => {
    if (typeof value === 'bigint') return { $bigint: String(value) }
    if (value instanceof Uint8Array) return { $bytes: [...value] }
    if (isTagged(value)) return { $plain: JSON.stringify(value) }
    return value
  })}`
}

export function parseReplies(text: string): Reply[] {
  if (text.startsWith('p')) return JSON.parse(text.slice(1)) as Reply[]
  return JSON.parse(text.slice(1), (_, value: unknown) => {
    if (!isTagged(value)) return value
    if (typeof value.$plain === 'string') return JSON.parse(value.$plain)
    return typeof value.$bigint === 'string'
      ? BigInt(value.$bigint)
      : Uint8Array.from(value.$bytes as number[])
  }) as Reply[]
}

interface Tagged {
  $plain?: unknown
  $bigint?: unknown
  $bytes?: unknown
}

function isTagged(value: unknown): value is Tagged {
  return (
    typeof value === 'object' &&
    value !== null &&
    ('$plain' in value || '$bigint' in value || '$bytes' in value) &&
    Object.keys(value).length === 1
  )
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'bigint' || value instanceof Uint8Array) return false
  if (typeof value !== 'object' || value === null) return true
  for (const key in value) if (!isPlain((value as Record<string, unknown>)[key])) return false
  return true
}
