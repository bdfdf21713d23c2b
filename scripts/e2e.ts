/** Browser tests against the built package and the built demo; arguments go to Playwright. */

import { runSteps } from './run-steps.ts'

const chosen = process.argv.slice(2)
const build = chosen.includes('--no-build')
  ? []
  : [{ name: 'demo build', command: ['vite', 'build', '--logLevel', 'warn'] }]

process.exitCode = runSteps([
  ...build,
  { name: 'browser tests', command: ['playwright', 'test', ...chosen.filter((arg) => arg !== '--no-build')] },
])
