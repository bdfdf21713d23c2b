import type { OpenConfig } from '../transport/open-config.ts'
import type { Transport } from '../transport/transport.ts'
import { WebSocketTransport } from '../transport/websocket.ts'
import { WorkerTransport } from '../transport/worker.ts'

/** The way in that the options ask for: a daemon, or a worker of this page. */
export function createTransport(config: OpenConfig): Transport {
  const { endpoint, auth } = config
  if (endpoint === undefined) return new WorkerTransport(config)
  // Who is signed in is a token's word there; the options have refused any other.
  return new WebSocketTransport({ endpoint, token: auth && 'token' in auth ? auth.token : null })
}
