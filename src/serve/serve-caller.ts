/** One caller at a host's door: what it sends is checked, what it gets is plain data, and nothing it does throws. */

import type { Engine } from '../engine/engine.ts'
import { toDBALError } from '../engine/failure.ts'
import type { Farewell } from '../engine/session.ts'
import type { Soon } from '../engine/soon.ts'
import type { Event } from '../protocol/event.ts'
import type { Principal } from '../protocol/principal.ts'
import type { Frame, Reply } from '../protocol/request.ts'
import { decodeFrame } from './frame.ts'

export interface CallerOptions {
  readonly engine: Pick<Engine, 'connect'>
  /** Decided by the host. */
  readonly principal: Principal
  /** Of somebody who has signed in before; what it stands for takes the place of `principal`. */
  readonly token?: string | null
  /** Unique for the client, and kept by it over reconnections. */
  readonly clientId: string
  readonly maxFrameRequests: number
  readonly emit: (event: Event) => void
  /** True while what was sent piles up: changes of live queries are then joined until `resume`. Default: never. */
  readonly isBusy?: () => boolean
  /** Notes down a failure that is not the caller's and returns the incident's id. */
  readonly report: (cause: unknown) => string
}

export interface ServedCaller {
  /** Takes whatever came; never throws and never rejects. */
  exchange(frame: unknown): Soon<readonly Reply[]>
  /** Who calls, as far as is known now. */
  readonly principal: Principal
  /** The same, once the token that was presented has been looked at. A token that is not valid makes it `public`, whose calls are refused. */
  identity(): Promise<Principal>
  /** The caller can take more again. */
  resume(): Promise<void>
  /** Ends the session at once, and resolves when what was kept for its client is dealt with. Never rejects. */
  close(farewell?: Farewell): Promise<void>
}

export function serveCaller(options: CallerOptions): ServedCaller {
  const { engine, principal, token = null, clientId, maxFrameRequests, emit, isBusy, report } = options
  const session = engine.connect({ principal, clientId, emit, ...(isBusy && { isBusy }) })
  const presented = token === null ? null : session.present(token)
  /** The token while it is looked at, and the calls that wait for that. */
  let waiting = presented ? 1 : 0
  void presented?.then(() => waiting--)

  function answer(frame: Frame): Soon<readonly Reply[]> {
    const failed = (cause: unknown): readonly Reply[] => {
      // A database that has no connection to give has not even begun with the group.
      const error = toDBALError(cause, report)
      return frame.requests.map(({ id }) => ({ id, error: error.toWire() }))
    }
    try {
      const replies = session.exchange(frame)
      return replies instanceof Promise ? replies.catch(failed) : replies
    } catch (cause) {
      return failed(cause)
    }
  }

  function exchange(value: unknown): Soon<readonly Reply[]> {
    const { frame, refused, repeated } = decodeFrame(value, maxFrameRequests)
    const replies = frame.requests.length > 0 ? answer(frame) : []
    if (refused.length === 0 && repeated.length === 0) return replies
    return Promise.resolve(replies).then((answered) => {
      const again = repeated.flatMap((id) => answered.filter((reply) => reply.id === id))
      return [...refused, ...answered, ...again]
    })
  }

  return {
    exchange(value) {
      // No call is answered before it is known whose it is, and none before those that came earlier.
      if (!presented || waiting === 0) return exchange(value)
      waiting++
      return presented.then(() => {
        waiting--
        return exchange(value)
      })
    },
    get principal() {
      return session.principal
    },
    async identity() {
      if (presented) await presented
      return session.principal
    },
    resume: () => session.resume(),
    close: (farewell) => session.close(farewell),
  }
}
