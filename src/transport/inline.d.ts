/** The file that the build puts beside the package's entry: worker and wasm as text, for pages that can load neither as files. */

/** The worker's script. */
export const source: string
/** Unpacks sqlite3.wasm. */
export function wasm(): Promise<ArrayBuffer>
