/** A folder inside of the repository for what tests build, from where installed packages are found; it goes with the run. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the folder. */
    scratch: string
  }
}

export default function setup(project: TestProject): () => void {
  const cache = join(project.config.root, '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'test-'))
  project.provide('scratch', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}
