/** The package as users get it: exports, types, sizes. Run after the build. */

import { runSteps } from './run-steps.ts'

process.exitCode = runSteps([
  { name: 'publint', command: ['publint', '--strict'] },
  { name: 'types of the exports', command: ['attw', '--pack', '.', '--profile', 'esm-only', '--quiet'] },
  { name: 'sizes', command: ['size-limit'] },
])
