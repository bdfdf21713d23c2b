/** Worker and wasm inside one script, for bundles that leave the files behind. Loaded only when they are missing. */

import { readFile, writeFile } from 'node:fs/promises'
import { constants, gzipSync } from 'node:zlib'

/** Runs in the page: every browser that has what the package needs can unpack gzip itself. */
const unpack = `export async function wasm() {
  const bytes = Uint8Array.from(atob(packed), (char) => char.charCodeAt(0))
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer()
}
`

export async function writeInline(worker: string, wasm: string, file: string): Promise<void> {
  const source = await readFile(worker, 'utf8')
  const packed = gzipSync(await readFile(wasm), { level: constants.Z_BEST_COMPRESSION }).toString('base64')
  await writeFile(
    file,
    `export const source = ${JSON.stringify(source)}\nconst packed = '${packed}'\n${unpack}`,
  )
}
