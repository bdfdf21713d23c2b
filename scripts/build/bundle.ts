/** The bundles of the package, by rolldown: it leaves `new URL('./file', import.meta.url)` for the app's bundler to find. */

import { type InputOptions, type OutputOptions, type Plugin, rolldown } from 'rolldown'

/** Everything that a page imports; what two entries share stands in a chunk, so that there is one `DBALError` in a page. */
export async function bundlePage(entries: Readonly<Record<string, string>>, outDir: string): Promise<void> {
  await write(
    {
      input: { ...entries },
      platform: 'browser',
      external: ['./inline.js'],
      // Else rolldown turns './inline.js' into 'inline.js', which no bundler resolves.
      makeAbsoluteExternalsRelative: false,
    },
    {
      dir: outDir,
      entryFileNames: '[name].js',
      chunkFileNames: 'shared-[hash].js',
      ...format,
      minify: true,
      plugins: [plainAddresses],
    },
  )
}

/** The minifier makes template strings of the addresses; not every bundler that looks for a literal knows those. */
const plainAddresses: Plugin = {
  name: 'plain-addresses',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === 'chunk') file.code = file.code.replace(/`(\.\/[\w.-]+\.(?:js|wasm))`/g, '"$1"')
    }
  },
}

/** One module that needs no other file: a worker. */
export async function bundleWorker(entry: string, file: string, plugins: readonly Plugin[]): Promise<void> {
  await write(
    { input: entry, platform: 'browser', plugins: [...plugins] },
    // It exports nothing: without this line tools take it for a CommonJS script.
    { file, ...format, minify: true, codeSplitting: false, postFooter: 'export {}' },
  )
}

/** The same as a library, for workers that the app's own bundler builds. */
export async function bundleLibrary(entry: string, file: string, plugins: readonly Plugin[]): Promise<void> {
  await write(
    { input: entry, platform: 'browser', plugins: [...plugins] },
    { file, ...format, codeSplitting: false },
  )
}

/** Node's part: the command line and build plugins, their dependencies as installed packages. */
export async function bundleNode(entries: Readonly<Record<string, string>>, outDir: string): Promise<void> {
  await write(
    { input: { ...entries }, platform: 'node', external: /^(?!\.|\/|@metabuilder\/dbal)/ },
    { dir: outDir, entryFileNames: '[name].js', chunkFileNames: 'node-[hash].js', ...format },
  )
}

const format = { format: 'esm', comments: { legal: true } } as const satisfies OutputOptions

async function write(input: InputOptions, output: OutputOptions): Promise<void> {
  const bundle = await rolldown({
    ...input,
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
