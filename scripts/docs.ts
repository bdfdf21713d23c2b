/**
 * `npm run docs`: fills the generated parts of the documentation from the code. A part stands between two marks,
 * `<!-- generated: name -->` and `<!-- /generated -->`; what is around it is written by hand. test/docs.test.ts fails
 * when a file is stale. `npm run docs -- --sizes` also measures dist/, which has to be built for it.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pagesWithParts, root } from './docs/pages.ts'
import { sizesPart } from './docs/sizes.ts'

const withSizes = process.argv.includes('--sizes')
for (const { file, text, render } of pagesWithParts()) {
  const fresh = render(withSizes ? { sizes: sizesPart() } : {})
  if (fresh === text) continue
  writeFileSync(join(root, file), fresh)
  console.log(`written: ${file}`)
}
