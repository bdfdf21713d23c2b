/** Fetches and compiles SQLite, and tells apart why that fails: the page can mend some of it and must explain the rest. */

import type { Loaded, WasmSource } from '../src/protocol/host.ts'

/** A module of nothing: it compiles wherever WebAssembly is allowed. */
const emptyModule = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)

type Failure = Extract<Loaded, { readonly failure: string }>

/** Never rejects. */
export async function compileWasm(source: WasmSource): Promise<WebAssembly.Module | Failure> {
  let failure: Failure['failure'] = 'missing'
  try {
    if ('bytes' in source) {
      failure = 'broken'
      return await WebAssembly.compile(source.bytes)
    }
    const response = await fetch(source.url)
    if (!response.ok) return { failure, message: `${source.url} answered ${response.status}` }
    const type = response.headers.get('content-type')?.split(';')[0]?.trim()
    if (type === 'text/html') return { failure, message: `${source.url} answered with a page of HTML` }
    failure = 'broken'
    // Streaming insists on the type; plain servers often send application/octet-stream.
    return type === 'application/wasm'
      ? await WebAssembly.compileStreaming(response)
      : await WebAssembly.compile(await response.arrayBuffer())
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { failure: (await isBlocked()) ? 'blocked' : failure, message }
  }
}

async function isBlocked(): Promise<boolean> {
  try {
    await WebAssembly.compile(emptyModule)
    return false
  } catch {
    return true
  }
}
