/** The worker's end of a client's port: what does not have the form of one of our two messages is dropped. */

import type { SessionMessage } from '../src/protocol/host.ts'
import type { Reply } from '../src/protocol/request.ts'
import type { ServedCaller } from '../src/serve/serve-caller.ts'

export function answerPort(port: MessagePort, caller: Pick<ServedCaller, 'exchange' | 'close'>): void {
  const send = (message: SessionMessage, transfer: Transferable[] = []) => port.postMessage(message, transfer)
  port.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (typeof data !== 'object' || data === null) return
    const { exchange, frame, leave } = data as Readonly<Record<string, unknown>>
    if (leave === true) {
      void caller.close()
      send({ left: true })
    } else if (Number.isSafeInteger(exchange)) {
      const answer = (replies: readonly Reply[]) =>
        send({ exchange: exchange as number, replies }, files(replies))
      const replies = caller.exchange(frame)
      if (replies instanceof Promise) void replies.then(answer)
      else answer(replies)
    }
  }
}

/** An exported file is handed over, not copied. */
function files(replies: readonly Reply[]): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = []
  for (const reply of replies) {
    const result = 'result' in reply ? reply.result : undefined
    if (result instanceof Uint8Array && result.byteLength === result.buffer.byteLength)
      buffers.push(result.buffer as ArrayBuffer)
  }
  return buffers
}
