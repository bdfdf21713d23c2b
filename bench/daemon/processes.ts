/** The contenders, each in a process of its own. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const password = 'Correct-horse-9'

export interface Contender {
  readonly endpoint: string
  /** Resident memory, in MB of 1,048,576 bytes. */
  residentMB(): number
  /** Processor time since its start, in milliseconds. */
  busyMs(): number
  end(): Promise<void>
}

/** The daemon with its defaults, but without a limit of requests. */
export const startDaemon = (url: string): Promise<Contender> =>
  start('../../daemon/main.ts', {
    DBAL_SERVER_PORT: '0',
    DBAL_DATABASE_URL: url,
    DBAL_SECURITY_RATE_LIMIT_ENABLED: 'false',
    DBAL_SECURITY_BOOTSTRAP_USERNAME: 'root',
    DBAL_SECURITY_BOOTSTRAP_PASSWORD: password,
  })

export const startBare = (url: string): Promise<Contender> => start('bare.ts', { BARE_URL: url })

async function start(file: string, env: NodeJS.ProcessEnv): Promise<Contender> {
  const child = spawn(process.execPath, [join(import.meta.dirname, file)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (data) => {
      const found = /"endpoint":"([^"]+)"/.exec(String(data))?.[1]
      if (found) resolve(found)
    })
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)))
  })
  return {
    endpoint,
    residentMB: () => residentMB(child),
    busyMs: () => busyMs(child),
    async end() {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

const residentMB = ({ pid }: ChildProcess): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024

/** Linux counts it in hundredths of a second, for every architecture alike. */
function busyMs({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}
