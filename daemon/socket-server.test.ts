import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test, vi } from 'vitest'
import { publicPrincipal } from '../src/protocol/principal.ts'
import type { ServedCaller } from '../src/serve/serve-caller.ts'
import { openRaw } from '../test/support/raw-socket.ts'
import { startSocketHost } from '../test/support/socket-host.ts'

test('nothing is kept of a client that named itself and is gone', async () => {
  const callers: WeakRef<ServedCaller>[] = []
  const host = await startSocketHost(() => {
    const caller: ServedCaller = {
      exchange: async () => [],
      principal: publicPrincipal,
      identity: async () => publicPrincipal,
      resume: async () => {},
      close: async () => {},
    }
    callers.push(new WeakRef(caller))
    return caller
  })
  for (let at = 0; at < 10; at++) {
    const raw = await openRaw(host.endpoint)
    await raw.ask({
      id: 's',
      method: 'session.open',
      params: [{ client: `client-number-${at}`.padEnd(16, '-') }],
    })
    raw.socket.close()
    await raw.closed
  }
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  await vi.waitFor(() => {
    collect()
    // Of the last one the network's own objects may still hold something.
    expect(callers.filter((caller) => caller.deref()).length).toBeLessThan(3)
  })
  expect(callers).toHaveLength(10)
  await host.close()
})
