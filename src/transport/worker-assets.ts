/**
 * Where the package's files are. Bundlers find and copy them by the literal `new URL('…', import.meta.url)`: keep them so.
 * Every one stands in a function: some bundles have no `import.meta.url`, and the package must load in Node too.
 */

export const workerUrl = (): string => new URL('./worker.js', import.meta.url).href

export const wasmUrl = (): string => new URL('./sqlite3.wasm', import.meta.url).href

/** Worker and wasm out of a file that is loaded only when neither can be had from its address. */
export const inlineAssets = () => import('./inline.js')
