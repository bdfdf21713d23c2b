/** A daemon in a process of its own, which a test may kill. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { inject } from 'vitest'
import { bundledDaemon } from './bundled-daemon.ts'

export class DaemonProcess {
  readonly #environment: Readonly<Record<string, string>>
  readonly #longestFile: number | undefined
  #child: ChildProcess | null = null
  /** What it said on standard error. */
  said = ''

  /** @param longestFile that it may write, in KiB */
  constructor(environment: Readonly<Record<string, string>>, longestFile?: number) {
    this.#environment = environment
    this.#longestFile = longestFile
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    const { PATH = '' } = process.env
    const main = await bundledDaemon()
    const [program, args] =
      this.#longestFile === undefined
        ? [process.execPath, [main]]
        : ['bash', ['-c', `ulimit -f ${this.#longestFile}; exec "$0" "$1"`, process.execPath, main]]
    const child = spawn(program, args, {
      env: {
        PATH,
        // Written by one that ends in order: the next ones start in half the time.
        NODE_COMPILE_CACHE: join(inject('scratch'), 'compiled'),
        DBAL_SECURITY_RATE_LIMIT_ENABLED: 'false',
        ...this.#environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    child.stderr?.on('data', (data) => {
      this.said += String(data)
    })
    let log = ''
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on('data', (data) => {
        log += String(data)
        if (log.includes('"msg":"serving"')) resolve()
      })
      child.on('exit', (code) => reject(new Error(`The daemon ended with ${code}: ${this.said}`)))
    })
  }

  /** Ends it at once, whatever it does. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGHUP' = 'SIGKILL'): Promise<number | null> {
    const child = this.#child
    this.#child = null
    if (!child || child.exitCode !== null) return null
    const ended = once(child, 'exit') as Promise<[number | null]>
    child.kill(signal)
    return (await ended)[0]
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
