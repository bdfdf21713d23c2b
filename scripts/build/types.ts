/** The package's declarations, by tsc. */

import { execFileSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** @param project the folder of the tsconfig.json that names the entries and the output */
export function writeTypes(root: string, project: string, outDir: string): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [tsc, '--project', project], { cwd: root, stdio: 'inherit' })
  for (const name of readdirSync(outDir, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.d.ts')) rewriteExtensions(join(outDir, name))
  }
  // Files that the build itself makes: worker and wasm are for their addresses, the inline copy is as declared.
  writeFileSync(join(outDir, 'asset.d.ts'), 'export {}\n')
  copyFileSync(join(root, 'src/transport/inline.d.ts'), join(outDir, 'inline.d.ts'))
}

/** tsc leaves `./x.ts` in declarations, where not every setting of a user's compiler takes it. */
function rewriteExtensions(file: string): void {
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace(/((?:from|import)\s*\(?\s*['"]\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1.js$2'))
}
