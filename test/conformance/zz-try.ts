import { startPostgres } from '../support/postgres.ts'
import { ReusedSchemas } from '../support/postgres-reuse.ts'
import { postgresWorld } from './node-worlds.ts'
import { runCase } from './run.ts'
import { topics } from './topics.ts'
const server = await startPostgres()
const schemas = new ReusedSchemas(server)
const [only, name] = process.argv.slice(2)
let passed = 0, failed = 0
const t0 = performance.now()
for (const { topic, cases } of topics) {
  if (only && only !== '-' && !topic.includes(only)) continue
  let p = 0, f = 0
  const fails = []
  const t = performance.now()
  for (const one of cases) {
    if (name && !one.name.includes(name)) continue
    let timer
    try {
      await Promise.race([runCase(one, postgresWorld(schemas)), new Promise((_, r) => (timer = setTimeout(() => r(new Error('HANG')), 8000)))])
      p++
    } catch (error) { f++; fails.push([one.name, String(error?.message ?? error).slice(0, 400)]); if (process.env.ONE) { console.log(one.name, error); await server.stop(); process.exit() } }
    clearTimeout(timer)
  }
  passed += p; failed += f
  console.log(`## ${topic}: ${p} passed, ${f} failed, ${Math.round(performance.now() - t)} ms`)
  for (const [n, m] of fails) console.log(`   - ${n}\n       ${m}`)
}
console.log(passed, failed, Math.round(performance.now() - t0))
await server.stop()
process.exit()
