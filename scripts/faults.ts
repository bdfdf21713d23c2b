/**
 * `npm run test:faults -- --kills 200 --crashes 50 --seed 1`: the fault tests for longer than `npm test` runs them, the
 * many reloads, ends of workers and changes of tabs, the whole conformance suite in a browser, over OPFS and in memory, axe in
 * every theme and width, Kysely's random queries (`--worlds 1000`: 365 queries each), random rules against PostgreSQL's own
 * row-level security (`--policies 1680`: 125 cases each), a daemon that is killed over
 * each database (`--daemon-kills 500`) or loses its connections (`--cuts 1000`), and one that gets frames of every kind of wrong (`--frames 1000000`). Needs a build. Without --seed
 * every run draws its own and prints it.
 */

import { parseArgs } from 'node:util'
import { runSteps } from './run-steps.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    crashes: { type: 'string', default: '50' },
    worlds: { type: 'string', default: '1000' },
    policies: { type: 'string', default: '1680' },
    cuts: { type: 'string', default: '1000' },
    'daemon-kills': { type: 'string', default: '500' },
    frames: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
})
for (const [name, value] of Object.entries(values)) {
  if (!/^\d{1,9}\d?$/.test(value))
    throw new Error(`--${name} must be a whole number, not ${JSON.stringify(value)}`)
  process.env[`DBAL_${name.toUpperCase().replace('-', '_')}`] = value
}
process.env['CONFORMANCE'] = 'all'
process.env['AXE'] = 'all'
process.env['DBAL_LONG'] = '1'
console.log(`${values.kills} workers and ${values.crashes} browsers to kill; seed ${values.seed}`)
process.exitCode = runSteps([
  { name: 'random Kysely queries', command: ['vitest', 'run', 'test/kysely/differential.test.ts'] },
  {
    name: "PostgreSQL's own row-level security",
    command: ['vitest', 'run', 'test/row-level-security'],
  },
  { name: 'a daemon that is killed', command: ['vitest', 'run', 'test/daemon/kill.test.ts'] },
  { name: 'connections that are lost', command: ['vitest', 'run', 'test/daemon/cut.test.ts'] },
  {
    name: 'two engines over one PostgreSQL, and what is kept of results',
    command: ['vitest', 'run', 'test/neighbours.property.test.ts', 'test/cache.test.ts'],
  },
  { name: 'frames', command: ['vitest', 'run', 'test/daemon/fuzz.test.ts', '--testTimeout=7200000'] },
  {
    name: 'migrations on MariaDB that end behind any statement',
    command: ['vitest', 'run', 'test/mariadb-migrations.test.ts'],
  },
  { name: 'the steps of the Dockerfile', command: ['vitest', 'run', 'test/deploy'] },
  { name: 'faults', command: ['playwright', 'test', 'e2e/faults', '--workers=1'] },
  {
    name: 'lives of workers and tabs',
    command: [
      'playwright',
      'test',
      ...['life', 'back-button', 'tabs'].map((name) => `e2e/worker/${name}.spec.ts`),
    ],
  },
  {
    name: 'the whole conformance suite in a browser',
    command: ['playwright', 'test', 'e2e/conformance.spec.ts'],
  },
  { name: 'axe', command: ['playwright', 'test', 'e2e/demo/axe.spec.ts'] },
])
