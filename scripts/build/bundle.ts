/** The bundles of the package, by rolldown: it leaves `new URL('./file', import.meta.url)` for the app's bundler to find. */

import { type InputOptions, type OutputOptions, type Plugin, rolldown } from 'rolldown'

/** Everything that a page imports; what two entries share stands in a chunk, so that there is one `DBALError` in a page. */
export async function bundlePage(entries: Readonly<Record<string, string>>, outDir: string): Promise<void> {
  await write(
    {
      input: { ...entries },
      platform: 'browser',
      // React is the app's own, of which there must be one.
      external: ['./inline.js', 'react'],
      // Else rolldown turns './inline.js' into 'inline.js', which no bundler resolves.
      makeAbsoluteExternalsRelative: false,
    },
    {
      dir: outDir,
      entryFileNames: '[name].js',
      chunkFileNames: 'shared-[hash].js',
      ...format,
      minify: true,
      // Hooks are for the browser's half of an app whose other half runs on a server.
      postBanner: ({ name }) => (name === 'react' ? '"use client";' : ''),
      plugins: [plainAddresses],
    },
  )
}

/** What bundlers look for, as it must stand in the page's code, each of it once. */
const addresses = [
  'new URL("./worker.js",import.meta.url)',
  'new URL("./sqlite3.wasm",import.meta.url)',
  'import("./inline.js")',
]

/** The minifier makes template strings of the addresses; not every bundler that looks for a literal knows those. */
const plainAddresses: Plugin = {
  name: 'plain-addresses',
  generateBundle(_options, bundle) {
    let all = ''
    for (const file of Object.values(bundle)) {
      if (file.type !== 'chunk') continue
      file.code = file.code.replace(/`(\.\/[\w.-]+\.(?:js|wasm))`/g, '"$1"')
      all += file.code
    }
    for (const address of addresses) {
      if (all.split(address).length !== 2) throw new Error(`The page's code should hold once: ${address}`)
    }
  },
}

/** One module that needs no other file: a worker. */
export async function bundleWorker(entry: string, file: string, plugins: readonly Plugin[]): Promise<void> {
  await write(
    { input: entry, platform: 'browser', plugins: [...plugins] },
    { file, ...format, ...minified, codeSplitting: false },
  )
}

/** The same as a library, for workers that the app's own bundler builds. */
export async function bundleLibrary(entry: string, file: string, plugins: readonly Plugin[]): Promise<void> {
  await write(
    { input: entry, platform: 'browser', plugins: [...plugins] },
    { file, ...format, ...minified, codeSplitting: false },
  )
}

/** Node's part: the command line and build plugins, their dependencies as installed packages. */
export async function bundleNode(entries: Readonly<Record<string, string>>, outDir: string): Promise<void> {
  await write(
    {
      input: { ...entries },
      platform: 'node',
      // The client that the conformance suite has with it reaches sockets only, but knows of the worker's text.
      external: [/^(?!\.|\/|@metabuilder\/dbal)/, './inline.js'],
      makeAbsoluteExternalsRelative: false,
    },
    { dir: outDir, entryFileNames: '[name].js', chunkFileNames: 'node-[hash].js', ...format },
  )
}

/**
 * Comlink tidies up after its proxies when they are collected. A page in the back/forward cache is evicted when that
 * happens, because any script that runs in it evicts it; and ports are closed by us, not by chance.
 */
const withoutFinalizers: Plugin = {
  name: 'comlink-without-finalizers',
  transform: {
    filter: { id: /[\\/]comlink[\\/]dist[\\/]esm[\\/]comlink\.mjs$/ },
    handler(code) {
      const parts = code.split('"FinalizationRegistry" in globalThis')
      if (parts.length !== 2) throw new Error('Comlink is not as expected: look for its FinalizationRegistry')
      return { code: parts.join('false'), map: null }
    },
  },
}

/** Tools that look at a minified file without parsing it take it for CommonJS; this line of its own says what it is. */
const minified = { minify: true, postFooter: 'export {}' } as const satisfies OutputOptions

const format = { format: 'esm', comments: { legal: true } } as const satisfies OutputOptions

async function write(input: InputOptions, output: OutputOptions): Promise<void> {
  const bundle = await rolldown({
    ...input,
    plugins: [withoutFinalizers, input.plugins],
    tsconfig: false,
    onLog(level, log) {
      // A build that warns is a build that is not understood yet.
      if (level === 'warn') throw new Error(`${log.code ?? 'warning'}: ${log.message}`)
    },
  })
  try {
    await bundle.write(output)
  } finally {
    await bundle.close()
  }
}
