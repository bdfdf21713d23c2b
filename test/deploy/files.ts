/** The files in deploy/, read. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { checkConfiguration } from '../../daemon/config/check.ts'
import { readConfiguration } from '../../daemon/config/read.ts'

/** What a YAML file holds. */
// biome-ignore lint/suspicious/noExplicitAny: a path that is not there fails the test that takes it, which is what it is for
export type Yaml = any

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const read = (name: string) => readFile(join(root, 'deploy', name), 'utf8')
/** Throws where the daemon would not start. */
export function configure(yaml: string, environment: Readonly<Record<string, string>>) {
  const config = readConfiguration(yaml, environment)
  checkConfiguration(config)
  return config
}

export interface Instruction {
  readonly name: string
  readonly text: string
}

export async function dockerfile(): Promise<readonly Instruction[]> {
  const text = (await read('Dockerfile')).replace(/^#.*\n/gm, '').replace(/\\\n/g, ' ')
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^([A-Z]+) +(.*)$/.exec(line.trim()) ?? []
      return { name, text: rest }
    })
}

export const ofKind = (all: readonly Instruction[], kind: string) =>
  all.filter(({ name }) => name === kind).map(({ text }) => text)

export const variablesOf = (text: string) =>
  Object.fromEntries(text.split(' ').map((one) => one.split(/=(.*)/s).slice(0, 2))) as Record<string, string>

/** How a script that asks for health on the usual port ends on another one. */
export async function exitOf(script: string, port: number): Promise<number | null> {
  expect(script).toContain('127.0.0.1:50051')
  const child = spawn(process.execPath, ['-e', script.replace('50051', String(port))], { stdio: 'ignore' })
  return ((await once(child, 'exit')) as [number | null])[0]
}
