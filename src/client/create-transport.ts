import type { OpenConfig } from '../transport/open-config.ts'
import type { Transport } from '../transport/transport.ts'
import { WorkerTransport } from '../transport/worker.ts'

/** The way in that the options ask for: today there is one, a worker of this page. */
export function createTransport(config: OpenConfig): Transport {
  return new WorkerTransport(config)
}
