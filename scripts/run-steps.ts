/** Runs commands one after another, with the time of each; stops at the first that fails. */

import { spawnSync } from 'node:child_process'
import { delimiter, resolve } from 'node:path'

export interface Step {
  readonly name: string
  readonly command: readonly string[]
}

// The project's own tools first, its Node among them, as in an npm script.
const bin = resolve(import.meta.dirname, '../node_modules/.bin')
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` }

/** @returns the exit code for the process */
export function runSteps(steps: readonly Step[]): number {
  const times: string[] = []
  for (const { name, command } of steps) {
    const [program = '', ...args] = command
    console.log(`\n── ${name}`)
    const started = performance.now()
    const { status, error } = spawnSync(program, args, { stdio: 'inherit', env })
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    if (error) console.error(error.message)
    if (status !== 0) {
      console.error(`\n${name} failed after ${seconds} s: ${command.join(' ')}`)
      return status ?? 1
    }
    times.push(`${seconds.padStart(7)} s  ${name}`)
  }
  console.log(`\n${times.join('\n')}`)
  return 0
}
