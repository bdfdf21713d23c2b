/** A static server over the built package, with the faults and policies that a test asks for. */

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

export interface SiteOptions {
  /** Headers beside the type, by path. */
  readonly headers?: (path: string) => Record<string, string>
  /** Files that are not there. */
  readonly missing?: RegExp
  /** Answers with a page of HTML instead of 404, as servers of single-page apps do. */
  readonly fallback?: boolean
  /** Changes a file on its way. */
  readonly change?: (path: string, body: Buffer) => Buffer
  /** Scripts of the site's own, by path. */
  readonly scripts?: Readonly<Record<string, string>>
  /** Where the page imports the package from; its own origin when absent. */
  readonly packageFrom?: string
}

export interface Site {
  readonly url: string
  close(): Promise<void>
}

const dist = fileURLToPath(new URL('../../dist', import.meta.url))
const types: Record<string, string> = { html: 'text/html', js: 'text/javascript', wasm: 'application/wasm' }

/** Every page imports the package into `window.dbal`. Addresses under `/dbal/` are the files of `dist/`. */
export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const body = await bodyOf(path, options)
    const name = body ? path : 'fallback.html'
    const type = types[name.includes('.') ? (name.split('.').pop() ?? '') : 'html'] ?? 'text/plain'
    const status = body || options.fallback ? 200 : 404
    response.writeHead(status, {
      'content-type': type,
      'cache-control': 'no-cache',
      ...options.headers?.(path),
    })
    response.end(body ?? '<!doctype html><title>not found</title>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function bodyOf(
  path: string,
  { missing, change, scripts, packageFrom = '/' }: SiteOptions,
): Promise<Buffer | undefined> {
  if (missing?.test(path)) return undefined
  if (scripts?.[path] !== undefined) return Buffer.from(scripts[path])
  if (path === '/page.js')
    return Buffer.from(`import * as dbal from '${packageFrom}dbal/index.js'\nwindow.dbal = dbal\n`)
  if (!path.startsWith('/dbal/')) {
    return path.includes('.')
      ? undefined
      : Buffer.from('<!doctype html><title>page</title><script type="module" src="/page.js"></script>')
  }
  try {
    const body = await readFile(`${dist}/${path.slice('/dbal/'.length)}`)
    return change ? change(path, body) : body
  } catch {
    return undefined
  }
}
