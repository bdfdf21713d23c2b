/**
 * At most once. The reply of a write is recorded in the write's own transaction; a request that comes again with the same
 * id (its reply was lost with a worker or a socket) gets that reply and is not run again.
 *
 * What must hold:
 * - a recorded reply is there exactly when the write is: both are in one transaction;
 * - a reply is forgotten only when the client said, by `ack`, that it has it;
 * - a slot (a row of the table) is written again only when every reply in it is forgotten, so one client costs a few rows;
 * - what the client had a reply to, or has sent before it said goodbye, is not run when it comes late;
 * - where others have the database open too, a write is committed only if all that is recorded for the client is known
 *   here: a request that was sent to one of them and again to another is answered by both with what the first has done.
 */

import type { SqlValue, Statement } from '../drivers/driver.ts'
import { DBALError, invalid } from '../protocol/error.ts'
import { type Principal, publicPrincipal } from '../protocol/principal.ts'
import type { Frame, Reply, RequestId } from '../protocol/request.ts'
import { commit, rollback, type TransactionWords } from './transaction.ts'
import { ask, type Work } from './work.ts'

/** For a database that others have open too. */
export interface OutcomeWords {
  /**
   * Records replies if nothing was recorded behind our back, else changes no row. Parameters: client, slot, instant,
   * replies; client and the sum of the client's instants; the instant of the slot, -1 for a new one.
   */
  readonly put: Statement
  /**
   * The same for the replies of several clients, changing a row for each of which nothing was recorded behind our back. Its
   * parameter: a list of lists of parameters of `put`, as JSON. Absent where they are recorded one by one.
   */
  readonly putAll?: Statement
  /** The sum of a client's instants: each record makes it greater. */
  readonly sum: Statement
}

/** Others have recorded something for the client since it was looked at. What the transaction has done must be undone. */
export class StaleOutcomes extends Error {
  override readonly name = 'StaleOutcomes'
}

export const outcomesTable = '_dbal_outcomes'

/** A client that was away longer than this does not come back for its replies: milliseconds. */
const keepMs = 86_400_000
/** Letters of replies that one client may leave without an acknowledgement: they are kept in memory. */
const mostKept = 67_108_864

export const putOutcome: Statement = {
  sql: `insert into main."${outcomesTable}" ("client", "slot", "at", "replies") values (?, ?, ?, ?) on conflict ("client", "slot") do update set "at" = excluded."at", "replies" = excluded."replies"`,
  columns: [],
}
const load: Statement = {
  sql: `select "slot", "at", "replies" from main."${outcomesTable}" where "client" = ? order by "slot"`,
  columns: ['integer', 'integer', 'text'],
}
const forget: Statement = { sql: `delete from main."${outcomesTable}" where "client" = ?`, columns: [] }
const forgetRest: Statement = {
  sql: `delete from main."${outcomesTable}" where "client" = ? and "slot" <> ?`,
  columns: [],
}
const sweep: Statement = { sql: `delete from main."${outcomesTable}" where "at" < ?`, columns: [] }

/** Whose replies they are: the user, whatever the role by now, or the role of a caller who is no user. */
export function ownerOf({ userId, role }: Principal): string {
  return JSON.stringify(userId === null ? [role] : [userId, 'user'])
}

const nobody = ownerOf(publicPrincipal)
/** What a client that has said goodbye waits for: no request has such an id. */
const nothingMore: RequestId = Number.MAX_SAFE_INTEGER

interface Slot {
  /** The highest id in it. */
  readonly lastId: RequestId
  readonly length: number
}

/** The recorded replies of one client as one user. */
export class Outcomes {
  readonly #client: string
  readonly #isNobodys: boolean
  /** Null where nobody else has the database open. */
  readonly words: OutcomeWords | null
  readonly #replies = new Map<RequestId, Reply>()
  readonly #slots = new Map<number, Slot>()
  /** Letters in all slots. */
  #kept = 0
  /** Letters of what was recorded last. */
  #length = 0
  /** When each slot was written last, those of no use any more included. */
  readonly #instants = new Map<number, number>()
  /** No slot below it is free. */
  #lowest = 0
  #loading: Promise<void> | null = null
  #isLoaded = false
  /** Something was recorded for the client. */
  #isUsed = false
  #isDoubted = false
  #ack: RequestId = 0
  /** The client has said that it has all replies before this one, here or elsewhere. */
  #floor: RequestId = 0
  #recorded: { readonly slot: number; readonly at: number } | null = null

  /**
   * @param owner as `ownerOf` says: a client's id is its own word, who it is, is not
   */
  constructor(client: string, owner: string, words: OutcomeWords | null = null) {
    this.#client = `${owner}${client}`
    this.#isNobodys = owner === nobody
    this.words = words
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

  /** Whether others can record something for the client. */
  get isShared(): boolean {
    return this.words !== null
  }

  get isLoaded(): boolean {
    return this.#isLoaded
  }

  /** A commit failed, and its answer may be all that was lost: what is recorded must be read again before anything else is. */
  doubt(): void {
    this.#isDoubted = true
  }

  get isDoubted(): boolean {
    return this.#isDoubted
  }

  /** Reads what an earlier engine, or another one, has recorded for this client. */
  *load(): Work<void> {
    const { values } = yield* ask(load, [this.#client])
    this.#isDoubted = false
    this.#replies.clear()
    this.#slots.clear()
    this.#instants.clear()
    this.#kept = 0
    this.#lowest = 0
    for (let at = 0; at < values.length; at += 3) {
      const slot = values[at] as number
      const { ack, replies } = parseRecord(values[at + 2] as string)
      for (const reply of replies) this.#replies.set(reply.id, reply)
      this.#keep(slot, replies, (values[at + 2] as string).length)
      this.#instants.set(slot, values[at + 1] as number)
      this.#floor = Math.max(this.#floor, ack)
    }
    this.#drop(this.#ack)
  }

  /** Takes note of what the client has received. */
  acknowledge(ack: Frame['ack']): void {
    if (ack <= this.#ack) return
    this.#ack = ack
    this.#drop(ack)
  }

  #drop(ack: RequestId): void {
    for (const id of this.#replies.keys()) if (id < ack) this.#replies.delete(id)
    for (const [slot, { lastId, length }] of this.#slots) {
      if (lastId >= ack) continue
      this.#slots.delete(slot)
      this.#kept -= length
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

  /** @throws DBALError CONFLICT for a write that the client had its reply to, or had given up: it is not run any more */
  requireAwaited(id: RequestId): void {
    if (id === 0 || id >= Math.max(this.#floor, this.#ack)) return
    const [text, reason] =
      this.#floor === nothingMore
        ? ['The client has said goodbye; what it sent before is not run any more', 'closed']
        : ['The reply to this request was acknowledged; it is not run again', 'acknowledged']
    throw new DBALError('CONFLICT', text, { reason })
  }

  /**
   * Writes the replies of a group's writes; call inside its transaction. `settle` takes them over after the commit.
   * @throws DBALError VALIDATION_ERROR for a client that does not say which replies it has
   * @throws StaleOutcomes
   */
  *record(replies: readonly Reply[], nowMs: number): Work<void> {
    const { changes } = yield* ask(this.words?.put ?? putOutcome, this.draft(replies, nowMs))
    if (this.words && changes === 0) throw new StaleOutcomes()
  }

  /** What `record` would write, for who writes it: the parameters of `put`. */
  draft(replies: readonly Reply[], nowMs: number): readonly SqlValue[] {
    if (this.#kept > mostKept)
      throw invalid('ack', 'too many replies wait until you say that you have them; nothing was written')
    const slot = this.#freeSlot()
    const text = printRecord({ ack: Math.max(this.#ack, this.#floor), replies })
    this.#length = text.length
    if (!this.words) return [this.#client, slot, nowMs, text]
    const before = this.#instants.get(slot) ?? -1
    const at = Math.max(nowMs, before + 1)
    this.#recorded = { slot, at }
    return [this.#client, slot, at, text, this.#client, this.#sum(), before]
  }

  /** Call inside a transaction that has its turn, before a failure is answered. @throws StaleOutcomes */
  *verify(): Work<void> {
    if (!this.words) return
    const { values } = yield* ask(this.words.sum, [this.#client])
    if (values[0] !== this.#sum()) throw new StaleOutcomes()
  }

  /** After the commit: from now on these replies are known. */
  settle(replies: readonly Reply[]): void {
    for (const reply of replies) this.#replies.set(reply.id, reply)
    this.#keep(this.#freeSlot(), replies, this.#length)
    if (this.#recorded) this.#instants.set(this.#recorded.slot, this.#recorded.at)
    this.#recorded = null
  }

  #sum(): number {
    let sum = 0
    for (const at of this.#instants.values()) sum += at
    return sum
  }

  /** Of a client of which nothing can be under way any more. */
  *forget(): Work<void> {
    yield* ask(forget, [this.#client])
  }

  /** The client has said goodbye: what a network brings late, here or to another engine, is refused for as long as replies are kept. */
  *end(words: TransactionWords, nowMs: number): Work<void> {
    // Whoever is nobody leaves nothing behind by coming and going.
    if (this.#isNobodys && !this.#isUsed) return yield* this.forget()
    yield* ask(words.beginWriting, [])
    try {
      yield* this.load()
      // In the place of the first record, and later: so the sum of instants is none that anybody knows.
      const at = Math.max(nowMs, (this.#instants.get(0) ?? -1) + 1)
      yield* ask(putOutcome, [this.#client, 0, at, printRecord({ ack: nothingMore, replies: [] })])
      yield* ask(forgetRest, [this.#client, 0])
      yield* commit()
    } catch (error) {
      yield* rollback()
      throw error
    }
  }

  #keep(slot: number, replies: readonly Reply[], length: number): void {
    this.#isUsed = true
    this.#slots.set(slot, { lastId: highestId(replies), length })
    this.#kept += length
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

interface OutcomeRecord {
  /** The client has every reply before this one. */
  readonly ack: RequestId
  readonly replies: readonly Reply[]
}

function printRecord({ ack, replies }: OutcomeRecord): string {
  return `${ack}${printReplies(replies)}`
}

/** Records of earlier versions have no number. */
function parseRecord(text: string): OutcomeRecord {
  const ack = /^\d*/.exec(text)?.[0] ?? ''
  return { ack: Number(ack), replies: parseReplies(text.slice(ack.length)) }
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

/** Asked of every reply that is recorded, so what most values are is not asked of them one call at a time. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object') return typeof value !== 'bigint'
  if (value === null) return true
  if (value instanceof Uint8Array) return false
  for (const one of Object.values(value)) if (typeof one !== 'string' && !isPlain(one)) return false
  return true
}
