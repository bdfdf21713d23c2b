/** Worker and wasm inside one script, for bundles that leave the files behind. Loaded only when they are missing. */

import { readFile, writeFile } from 'node:fs/promises'
import { constants, gzipSync } from 'node:zlib'

export async function writeInline(worker: string, wasm: string, file: string): Promise<void> {
  const source = await readFile(worker, 'utf8')
  const packed = gzipSync(await readFile(wasm), { level: constants.Z_BEST_COMPRESSION }).toString('base64')
  const text = `export const source = ${JSON.stringify(source)}\nexport const wasm = ${JSON.stringify(packed)}\n`
  await writeFile(file, text)
}
