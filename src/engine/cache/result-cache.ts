/**
 * Results of reads, by who asks and what is asked. A change drops exactly those that it can concern, found as the live
 * queries that it concerns are.
 *
 * What must hold: a result that is given is the one that the same call would give now, as far as anything is known here
 * of what was written. So nothing is kept while it is not certain that every change is heard of, nor of what was told of a
 * change while it was being read.
 */

import { type AllowedCall, answer, type Outcome, type Published } from '../call.ts'
import { dueOf } from '../live/due.ts'
import { contentOf } from '../live/key.ts'
import { WatchIndex } from '../live/watch-index.ts'
import type { Tools } from '../operations/operation.ts'
import type { Work } from '../work.ts'
import { type CachedRead, readOf } from './cached-read.ts'

export interface CacheOptions {
  /** Of results, about. */
  readonly maxBytes: number
  /** Told of every read whose result could be kept: whether it was. */
  readonly onLook?: (isKept: boolean) => void
}

/** What the engine lends. */
interface EngineSide {
  readonly tools: Tools
  /** Whether every change of the database is heard of. */
  readonly hearsAll: () => boolean
}

export type KeepResults = (engine: EngineSide) => ResultCache

/** For an engine's options; those that keep nothing do not carry it. */
export function keepResults(options: CacheOptions): KeepResults {
  return (engine) => new ResultCache({ ...options, ...engine })
}

interface Kept {
  readonly read: CachedRead
  readonly result: unknown
  readonly bytes: number
}

/** Each change looks at all that ask for no value in particular. */
const mostKept = 5_000
/** One result must not push out all others: its part of the whole. */
const mostShare = 0.1
/** In UTF-16 units: whoever asks so much has to wait for it. */
const longestKey = 10_000
/** What an entry takes beside its result. */
const ownBytes = 2_000

export class ResultCache {
  readonly #options: CacheOptions & EngineSide
  /** The one that was asked for last at the end. */
  readonly #kept = new Map<string, Kept>()
  readonly #index = new WatchIndex<CachedRead>()
  readonly #keys = new Map<CachedRead, string>()
  #bytes = 0
  /** How often it was told of changes. */
  #changes = 0

  constructor(options: CacheOptions & EngineSide) {
    this.#options = options
  }

  get size(): number {
    return this.#kept.size
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The result of an authorized call; undefined where it has to be run. */
  find(call: AllowedCall): { readonly result: unknown } | undefined {
    const key = keyOf(call)
    const kept = key === null ? undefined : this.#kept.get(key)
    if (key === null || !kept || !this.#options.hearsAll()) return undefined
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    this.#options.onLook?.(true)
    return kept
  }

  /** Runs an authorized call, or answers it with what is kept. In a transaction that writes nothing. */
  *through(call: AllowedCall, run: () => Work<Outcome>): Work<Outcome> {
    const known = this.find(call)
    if (known) return answer(known.result)
    const before = this.#changes
    const outcome = yield* run()
    const key = keyOf(call)
    const isCertain = this.#changes === before && this.#options.hearsAll()
    if (key !== null && isCertain && isPure(outcome)) this.#put(key, call, outcome.result)
    return outcome
  }

  /** Drops what a change can concern; call it before anybody else is told. */
  forget(published: Published, now: () => string): void {
    this.#changes++
    if (this.#kept.size === 0) return
    const { model, reach } = this.#options.tools
    if (published.touched === 'all') this.clear()
    else for (const read of dueOf(published, now, this.#index, reach, model).keys()) this.#drop(read)
  }

  clear(): void {
    this.#changes++
    for (const read of [...this.#keys.keys()]) this.#drop(read)
  }

  #put(key: string, call: AllowedCall, result: unknown): void {
    const { maxBytes, tools } = this.#options
    const most = maxBytes * mostShare
    const bytes = ownBytes + 2 * key.length + sizeOf(result, most)
    if (bytes > most) return
    const read = readOf(call, tools)
    if (!read) return
    this.#options.onLook?.(false)
    const old = this.#kept.get(key)
    if (old) this.#drop(old.read)
    this.#kept.set(key, { read, result, bytes })
    this.#keys.set(read, key)
    this.#index.add(read)
    this.#bytes += bytes
    while (this.#bytes > maxBytes || this.#kept.size > mostKept) {
      const [oldest] = this.#kept.values()
      if (!oldest) return
      this.#drop(oldest.read)
    }
  }

  #drop(read: CachedRead): void {
    const key = this.#keys.get(read)
    const kept = key === undefined ? undefined : this.#kept.get(key)
    if (key === undefined || !kept) return
    this.#keys.delete(read)
    this.#kept.delete(key)
    this.#index.delete(read)
    this.#bytes -= kept.bytes
  }
}

/** All that rules can name of a caller belongs to the question. Null for one that is too long. */
function keyOf({ caller: { principal }, method, entity, params }: AllowedCall): string | null {
  if (!entity) return null
  const { role, userId, username, email } = principal
  const key = contentOf([role, userId, username, email, method, entity.name, params])
  return key.length > longestKey ? null : key
}

/** A read that was one, and nothing besides. */
function isPure(outcome: Outcome): boolean {
  const { result, changes, attempt, touched, onCommit, holdsSecrets, wouldDeny } = outcome
  return (
    result !== undefined &&
    changes.length === 0 &&
    !attempt &&
    touched === undefined &&
    !onCommit &&
    !holdsSecrets &&
    !wouldDeny
  )
}

/** About what a plain value takes; stops where it is more than `most`. */
function sizeOf(value: unknown, most: number): number {
  let bytes = 0
  const waiting = [value]
  for (let next = waiting.pop(); waiting.length > 0 || next !== undefined; next = waiting.pop()) {
    if (typeof next === 'string') bytes += 16 + 2 * next.length
    else if (next instanceof Uint8Array) bytes += 64 + next.byteLength
    else if (typeof next === 'object' && next !== null) {
      bytes += 32
      for (const name in next) {
        bytes += 16
        waiting.push((next as Readonly<Record<string, unknown>>)[name])
      }
    } else bytes += 8
    if (bytes > most) return bytes
  }
  return bytes
}
