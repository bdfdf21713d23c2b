/** `npm start`: builds the package and serves the demo at http://localhost:5173, with a daemon beside it. */

import { createServer } from 'vite'
import { demoDaemonPlugin, startDemoDaemon } from './demo-daemon.ts'
import { runSteps } from './run-steps.ts'

const failed = runSteps([{ name: 'building the package', command: ['node', 'scripts/build.ts'] }])
if (failed) process.exit(failed)

try {
  const daemon = await startDemoDaemon({ folder: '.demo', origins: ['http://localhost:5173'] })
  const server = await createServer({ configFile: 'vite.config.ts', plugins: [demoDaemonPlugin(daemon)] })
  await server.listen()
  server.printUrls()
  console.log(`  ➜  Daemon:  ${daemon.access.endpoint} (the studio's menu moves between it and this browser)`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      await Promise.all([server.close(), daemon.stop()])
      process.exit()
    })
  }
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error)
  console.error(
    reason.includes('5173') ? 'Port 5173 is taken: end what uses it, then run npm start again.' : reason,
  )
  process.exitCode = 1
}
