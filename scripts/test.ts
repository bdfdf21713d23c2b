/** `npm test`: everything that must hold before a change lands, cheapest first. */

import { runSteps } from './run-steps.ts'

process.exitCode = runSteps([
  { name: 'types', command: ['tsc'] },
  { name: 'types of the core, without DOM and Node', command: ['tsc', '-p', 'tsconfig.core.json'] },
  { name: 'lint and format', command: ['biome', 'check', '.'] },
  { name: 'import directions', command: ['node', 'scripts/check-imports.ts'] },
  { name: 'build', command: ['node', 'scripts/build.ts'] },
  { name: 'package', command: ['node', 'scripts/check-package.ts'] },
  { name: 'unit, property and conformance tests', command: ['vitest', 'run', '--coverage'] },
  { name: 'browser tests', command: ['node', 'scripts/e2e.ts'] },
])
