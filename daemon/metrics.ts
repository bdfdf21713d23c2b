/** What Prometheus may read at `/metrics`. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { builtinOperations, databaseOperations, entityOperations } from '../src/protocol/operations.ts'
import type { Answered } from './connection.ts'

export interface Metrics {
  answered(answered: Answered): void
  refused(reason: string): void
  dropped(reason: string): void
  slowQuery(): void
  incident(): void
  /** A read whose result could be kept: whether it was. */
  cacheLook(isKept: boolean): void
  text(): Promise<string>
  readonly contentType: string
}

/** A label for each method that there is, and one for all the rest: names come from clients. */
const known: ReadonlySet<string> = new Set([
  ...Object.keys(entityOperations),
  ...Object.keys(databaseOperations),
  ...Object.values(builtinOperations).flatMap((own) => Object.keys(own)),
  'session.open',
  'session.close',
  'session.ping',
])

const denials: ReadonlySet<number> = new Set([401, 403])
/** Those of requests that were not looked at by the rules. */
const unchecked: ReadonlySet<number> = new Set([422, 429])

/** What was answered to one method. Counted here: prom-client would put names and labels together for each request. */
interface Tally {
  /** How often with each status. */
  readonly statuses: Map<number, number>
  readonly duration: Pick<Histogram.Internal<'method'>, 'observe'>
}

/** @param connections asked when the metrics are read */
export function createMetrics(
  connections: () => { readonly active: number; readonly total: number },
): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const tallies = new Map<string, Tally>()
  new Counter({
    name: 'dbal_requests_total',
    help: 'Requests that were answered, by method and status',
    labelNames: ['method', 'status'],
    registers,
    collect() {
      this.reset()
      for (const [method, { statuses }] of tallies)
        for (const [status, count] of statuses) this.inc({ method, status }, count)
    },
  })
  const durations = new Histogram({
    name: 'dbal_request_duration_seconds',
    help: 'From the message to its reply',
    labelNames: ['method'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  })
  new Counter({
    name: 'dbal_acl_checks_total',
    help: 'Requests by what the access rules said',
    labelNames: ['result'],
    registers,
    collect() {
      this.reset()
      for (const { statuses } of tallies.values())
        for (const [status, count] of statuses)
          if (!unchecked.has(status)) this.inc({ result: denials.has(status) ? 'denied' : 'allowed' }, count)
    },
  })
  const count = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers })
  const refusals = count('dbal_handshakes_refused_total', 'Connections refused in the handshake', ['reason'])
  const drops = count('dbal_connections_dropped_total', 'Connections that did not read or did not live', [
    'reason',
  ])
  const looks = count('dbal_result_cache_looks_total', 'Reads whose result can be kept: whether it was', [
    'result',
  ])
  const slow = count('dbal_slow_queries_total', 'Calls beyond the threshold of slow ones')
  const incidents = count('dbal_incidents_total', 'Failures whose cause is in the log')
  const total = new Gauge({
    name: 'dbal_active_connections',
    help: 'Open sockets',
    registers,
    collect() {
      this.set(connections().active)
    },
  })
  total.set(0)
  function tallyOf(method: string): Tally {
    const label = known.has(method) ? method : 'unknown'
    const tally = tallies.get(label) ?? { statuses: new Map(), duration: durations.labels(label) }
    tallies.set(label, tally)
    return tally
  }
  return {
    answered({ method, status, durationMs }) {
      const { statuses, duration } = tallies.get(method) ?? tallyOf(method)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      duration.observe(durationMs / 1_000)
    },
    refused: (reason) => refusals.inc({ reason }),
    dropped: (reason) => drops.inc({ reason }),
    slowQuery: () => slow.inc(),
    incident: () => incidents.inc(),
    cacheLook: (isKept) => looks.inc({ result: isKept ? 'hit' : 'miss' }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
