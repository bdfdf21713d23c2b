/** A plain static server over the built demo, which stands under a path of its own: no configuration, no headers. */

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { accessMeta, accessPath, type DaemonAccess } from '../../scripts/demo-daemon.ts'

export const built = fileURLToPath(new URL('../../dist-demo/', import.meta.url))
const path = '/some/path/'
const types: Readonly<Record<string, string>> = {
  html: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
  svg: 'image/svg+xml',
  wasm: 'application/wasm',
}

export interface StudioServer {
  readonly url: string
  /** From now on the page is told of a daemon, as the server of `npm start` tells it. */
  tellOfDaemon(access: DaemonAccess): void
  close(): Promise<void>
}

/** @param headers of every response beside its type */
export async function serveStudio(headers: Readonly<Record<string, string>> = {}): Promise<StudioServer> {
  let daemon: DaemonAccess | undefined
  const bodyOf = async (name: string) => {
    if (daemon && name === accessPath) return JSON.stringify(daemon)
    const body = await readFile(`${built}${name}`).catch(() => undefined)
    return daemon && name === 'index.html' ? String(body).replace('</head>', `${accessMeta}</head>`) : body
  }
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const name = pathname === path ? 'index.html' : pathname.slice(path.length)
    const body = pathname.startsWith(path) ? await bodyOf(name) : undefined
    response.writeHead(body ? 200 : 404, {
      ...headers,
      'content-type': types[name.split('.').pop() ?? ''] ?? 'text/plain',
    })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}${path}`,
    tellOfDaemon: (access) => {
      daemon = access
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
