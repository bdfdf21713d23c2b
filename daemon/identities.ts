/**
 * Who speaks through one connection: the caller that it has signed in as, and those whose tokens came with single requests.
 * Each is a session of the engine of its own.
 */

import { randomUUID } from 'node:crypto'
import type { Farewell } from '../src/engine/session.ts'
import type { Event } from '../src/protocol/event.ts'
import type { ServedCaller } from '../src/serve/serve-caller.ts'

/** Opens a session of the engine. */
export type LetIn = (options: {
  readonly token: string | null
  readonly clientId: string
  readonly emit: (event: Event) => void
  readonly isBusy: () => boolean
}) => ServedCaller

/** Callers beside the connection's own that are kept; the one that has been silent longest makes room. */
const mostOthers = 16

export class Identities {
  readonly #letIn: LetIn
  readonly #port: { readonly emit: (event: Event) => void; readonly isBusy: () => boolean }
  #clientId: string = randomUUID()
  #main: ServedCaller | null = null
  /** By token, the one that was used last at the end. */
  readonly #others = new Map<string, ServedCaller>()
  /** Groups of requests of each that wait or are at work. */
  readonly #held = new Map<ServedCaller, number>()

  constructor(letIn: LetIn, port: { emit: (event: Event) => void; isBusy: () => boolean }) {
    this.#letIn = letIn
    this.#port = port
  }

  /** Somebody was let in already. */
  get hasBegun(): boolean {
    return this.#main !== null || this.#others.size > 0
  }

  /** The connection's own caller: `public` until it signs in. */
  get main(): ServedCaller {
    this.#main ??= this.#letIn({ ...this.#port, token: null, clientId: this.#clientId })
    return this.#main
  }

  get isSignedIn(): boolean {
    return this.#all().some(({ principal }) => principal.userId !== null)
  }

  /** Resolves when it is known whether the token is worth something. */
  async begin(clientId: string, token: string | null): Promise<void> {
    this.#clientId = clientId
    this.#main = this.#letIn({ ...this.#port, token, clientId })
    await this.#main.identity()
  }

  /** The caller of a token that has been looked at and is still worth something. */
  known(token: string): ServedCaller | null {
    const caller = this.#others.get(token)
    if (!caller || caller.principal.userId === null) return null
    this.#others.delete(token)
    this.#others.set(token, caller)
    return caller
  }

  /** The caller that a token stands for: `public` for one that is worth nothing. */
  async of(token: string): Promise<ServedCaller> {
    const caller = this.#others.get(token) ?? this.#letInBeside(token)
    this.#others.delete(token)
    this.#others.set(token, caller)
    if (this.#others.size > mostOthers) this.#makeRoom()
    const { userId } = await caller.identity()
    if (userId === null && this.#others.get(token) === caller) {
      // Signed out, expired, or never valid: a later token of the same text must be looked at again.
      this.#others.delete(token)
      void caller.close({ mayReturn: true })
    }
    return caller
  }

  /** The end of such a token's session is told by the answer to the next request that brings it. */
  #letInBeside(token: string): ServedCaller {
    const { emit, isBusy } = this.#port
    return this.#letIn({
      emit: (event) => {
        if (event.type !== 'session') emit(event)
      },
      isBusy,
      token,
      clientId: this.#clientId,
    })
  }

  /** Its requests wait or are at work: it is not closed before `release`. */
  hold(caller: ServedCaller): void {
    this.#held.set(caller, (this.#held.get(caller) ?? 0) + 1)
  }

  release(caller: ServedCaller): void {
    const held = (this.#held.get(caller) ?? 1) - 1
    if (held > 0) this.#held.set(caller, held)
    else this.#held.delete(caller)
  }

  #makeRoom(): void {
    // Never the last, which is being looked at.
    for (const [token, caller] of [...this.#others].slice(0, -1)) {
      if (this.#held.has(caller)) continue
      this.#others.delete(token)
      void caller.close({ mayReturn: true })
      if (this.#others.size <= mostOthers) return
    }
  }

  resume(): void {
    // Changes that were joined are sent when they are ready; a failure ends the live query with an event.
    for (const caller of this.#all()) void caller.resume()
  }

  async close(farewell: Farewell): Promise<void> {
    const closing = this.#all().map((caller) => caller.close(farewell))
    this.#others.clear()
    await Promise.all(closing)
  }

  #all(): readonly ServedCaller[] {
    return [...(this.#main ? [this.#main] : []), ...this.#others.values()]
  }
}
