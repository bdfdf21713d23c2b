/**
 * The daemon as few files, made once for all tests of this process: a start takes half of what it takes from some 700
 * modules, and whoever kills daemons starts many.
 */

import { copyFileSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { inject } from 'vitest'
import type {} from './scratch.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

let made: Promise<string> | undefined

/** @returns the path of what `node` runs in place of `daemon/main.ts` */
export function bundledDaemon(): Promise<string> {
  made ??= make()
  return made
}

async function make(): Promise<string> {
  const folder = mkdtempSync(join(inject('scratch'), 'daemon-'))
  // It looks for its package.json above itself, as in a package.
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'))
  const bundle = await rolldown({
    input: { daemon: join(root, 'daemon/main.ts') },
    platform: 'node',
    // Packages of many modules go into it, the others stay what they are.
    external: [/^(?!\.|\/|@metabuilder\/dbal|kysely|zod|@noble)/, './inline.js'],
    makeAbsoluteExternalsRelative: false,
    tsconfig: false,
  })
  try {
    await bundle.write({ dir: join(folder, 'dist'), format: 'esm' })
  } finally {
    await bundle.close()
  }
  return join(folder, 'dist/daemon.js')
}
