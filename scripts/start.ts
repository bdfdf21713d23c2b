/** `npm start`: builds the package and serves the demo at http://localhost:5173. */

import { createServer } from 'vite'
import { runSteps } from './run-steps.ts'

const failed = runSteps([{ name: 'building the package', command: ['node', 'scripts/build.ts'] }])
if (failed) process.exit(failed)

try {
  const server = await createServer({ configFile: 'vite.config.ts' })
  await server.listen()
  server.printUrls()
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error)
  console.error(
    reason.includes('5173') ? 'Port 5173 is taken: end what uses it, then run npm start again.' : reason,
  )
  process.exitCode = 1
}
