/** Sockets that ask, and what many of them get answered in a while. */

import { once } from 'node:events'
import { WebSocket } from 'ws'

export interface Line {
  ask(method: string, params: readonly unknown[]): Promise<unknown>
  close(): void
}

export async function connect(endpoint: string): Promise<Line> {
  const socket = new WebSocket(endpoint, { perMessageDeflate: false })
  const waiting = new Map<number, (message: { result?: unknown; error?: unknown }) => void>()
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as { id?: number; result?: unknown }
    if (message.id !== undefined) waiting.get(message.id)?.(message)
    if (message.id !== undefined) waiting.delete(message.id)
  })
  await once(socket, 'open')
  let last = 0
  return {
    ask: (method, params) =>
      new Promise((resolve, reject) => {
        const id = ++last
        waiting.set(id, ({ result, error }) =>
          error ? reject(new Error(JSON.stringify(error))) : resolve(result),
        )
        socket.send(JSON.stringify({ id, method, params }))
      }),
    close: () => socket.terminate(),
  }
}

export const connectMany = (endpoint: string, count: number): Promise<Line[]> =>
  Promise.all(Array.from({ length: count }, () => connect(endpoint)))

export interface Rate {
  /** Answers. */
  readonly count: number
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** Every one of so many callers asks again as soon as it is answered. */
export async function load(
  callers: number,
  seconds: number,
  ask: (caller: number, at: number) => Promise<unknown>,
): Promise<Rate> {
  const times: number[] = []
  const begin = performance.now()
  const end = begin + seconds * 1_000
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let at = caller; performance.now() < end; at += callers) {
        const start = performance.now()
        await ask(caller, at)
        times.push(performance.now() - start)
      }
    }),
  )
  const perSecond = (times.length / (performance.now() - begin)) * 1_000
  times.sort((left, right) => left - right)
  const p = (share: number) => times[Math.floor(times.length * share)] ?? 0
  return { count: times.length, perSecond, p50: p(0.5), p99: p(0.99) }
}
