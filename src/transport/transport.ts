/**
 * A way to an engine. A transport carries frames and reports its connection; it knows no entity. Collecting calls into
 * frames, deadlines and sending again after a loss wrap it (frames.ts). One file a way in stands beside this contract and
 * `transport.cases.ts` is the suite that each passes.
 */

import type { DBALError } from '../protocol/error.ts'
import type { Event, Ready } from '../protocol/event.ts'
import type { Frame, Reply } from '../protocol/request.ts'

export interface Transport {
  /**
   * Connects, or connects again after a loss, and resolves when frames can be sent.
   * @throws DBALError when the host cannot be reached or refuses; the reason is named.
   */
  open(): Promise<Ready>
  /**
   * Sends a frame and resolves with a reply for each of its requests.
   * @throws TransportLost when the connection ended before the replies came: what happened to the writes is unknown, and
   * sending them again with the same ids after the next `open` is safe.
   */
  exchange(frame: Frame): Promise<readonly Reply[]>
  /** Events, in order. Returns the removal of the listener. */
  listen(listener: (event: Event) => void): () => void
  /**
   * Whom the next `open` presents in place of the identity that the transport was made with: by an access token, or null
   * for nobody. Absent where connections are not lost.
   */
  identify?(token: string | null): void
  /**
   * Why the host cannot be reached at the moment, where that may go on for long and nothing but waiting helps: what calls
   * then fail with at their deadline. Null while it is reached.
   */
  offline?(): DBALError | null
  /** Ends the connection; safe to call twice. */
  close(): Promise<void>
}

export class TransportLost extends Error {
  override readonly name = 'TransportLost'
}
