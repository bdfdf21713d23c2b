/** The file that the build puts beside the package's entry: worker and wasm as text, for pages that can load neither as files. */

/** The worker's script. */
export const source: string
/** sqlite3.wasm, gzip, base64. */
export const wasm: string
