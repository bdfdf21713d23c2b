/** `npm test`: everything that must hold before a change lands, cheapest first. */

import { runSteps } from './run-steps.ts'

const covered = ['src/engine/access', 'src/engine/audit']

process.exitCode = runSteps([
  { name: 'types', command: ['tsc'] },
  { name: 'types of the core, without DOM and Node', command: ['tsc', '-p', 'tsconfig.core.json'] },
  { name: 'lint and format', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'import directions', command: ['node', 'scripts/check-imports.ts'] },
  { name: 'build', command: ['node', 'scripts/build.ts'] },
  { name: 'package', command: ['node', 'scripts/check-package.ts'] },
  // Counting branches makes everything slower: it is done where all of them have to be taken.
  { name: 'access and audit, with coverage', command: ['vitest', 'run', '--coverage', ...covered] },
  {
    name: 'unit, property and conformance tests',
    command: ['vitest', 'run', ...covered.flatMap((room) => ['--exclude', `${room}/**`])],
  },
  { name: 'browser tests', command: ['node', 'scripts/e2e.ts'] },
])
