/** The HTTP side: `/health`, `/ready` and `/metrics`. Everything else is for WebSockets. */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Metrics } from './metrics.ts'

export interface Probe {
  readonly connected: boolean
  readonly latency_ms: number
}

export interface HttpOptions {
  readonly version: string
  readonly metrics: Metrics
  readonly connections: () => { readonly active: number; readonly total: number }
  /** Asks the database whether it is there. */
  readonly probe: () => Promise<Probe>
  /** Whether a request for the metrics comes from where they may be read. */
  readonly mayWatch: (request: IncomingMessage) => boolean
  /** False while it is starting or draining. */
  readonly isReady: () => boolean
}

/** Whoever may ask may ask often: the database is asked once in this time. Milliseconds. */
const probeEveryMs = 1_000

export function answerHttp(options: HttpOptions): RequestListener {
  const { version, metrics, connections, probe, mayWatch, isReady } = options
  const startedAt = performance.now()
  let last: { readonly at: number; readonly answer: Promise<Probe> } | undefined

  function database(): Promise<Probe> {
    const now = performance.now()
    if (!last || now - last.at > probeEveryMs) last = { at: now, answer: probe() }
    return last.answer
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return send(response, 405, { error: 'method not allowed' }, { allow: 'GET, HEAD' })
    switch (request.url?.split('?')[0]) {
      case '/health': {
        const { connected, latency_ms } = await database()
        return send(response, connected ? 200 : 503, {
          status: connected ? 'ok' : 'degraded',
          version,
          uptime: Math.round((performance.now() - startedAt) / 1_000),
          connections: connections(),
          database: { connected, latency_ms },
        })
      }
      case '/ready': {
        const ready = isReady() && (await database()).connected
        return send(response, ready ? 200 : 503, { ready })
      }
      case '/metrics':
        if (!mayWatch(request)) return send(response, 403, { error: 'not from this address' })
        response.writeHead(200, { ...common, 'content-type': metrics.contentType })
        response.end(await metrics.text())
        return
      case '/':
        return send(response, 426, { error: 'a WebSocket is expected here' }, { upgrade: 'websocket' })
      default:
        return send(response, 404, { error: 'not found' })
    }
  }

  return (request, response) => {
    answer(request, response).catch(() => {
      if (!response.headersSent) send(response, 500, { error: 'internal' })
      else response.destroy()
    })
  }
}

const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

function send(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...common, ...headers, 'content-type': 'application/json; charset=utf-8' })
  response.end(`${JSON.stringify(body)}\n`)
}
