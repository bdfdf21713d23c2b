/**
 * The daemon that `npm start` runs beside the demo: an SQLite file in `.demo/`, with the sample site in it and an account
 * for each of the studio's identities. Their passwords are made at the first start and kept beside the file.
 */

import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'vite'
import { type Daemon, startDaemon } from '../daemon/index.ts'
import { plantSample } from '../demo/src/seed/seed.ts'
import { identities } from '../demo/src/session/identities.ts'
import { DBALClient } from '../src/index.ts'

/** What the page of the demo is told. */
export interface DaemonAccess {
  readonly endpoint: string
  /** By username. */
  readonly passwords: Readonly<Record<string, string>>
}

export interface DemoDaemon {
  readonly access: DaemonAccess
  stop(): Promise<void>
}

export interface DemoDaemonOptions {
  /** Where the database and the passwords are kept. */
  readonly folder: string
  /** Pages that may connect. */
  readonly origins: readonly string[]
}

/** Whoever sets the others up; no identity of the studio. */
const founder = 'founder'

export async function startDemoDaemon({ folder, origins }: DemoDaemonOptions): Promise<DemoDaemon> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const passwords = await passwordsIn(folder)
  const daemon = await startDaemon({
    server: { port: 0, allowed_origins: [...origins] },
    database: { url: `file:${join(folder, 'studio.sqlite')}` },
    // A visitor who clicks through every panel asks for more than a person of an app does.
    security: {
      bootstrap: { username: founder, password: passwords[founder] as string },
      rate_limit: { enabled: false },
    },
    logging: { level: 'warn', slow_query_threshold_ms: 1_000 },
  })
  try {
    await setUp(daemon, passwords)
  } catch (error) {
    await daemon.stop()
    throw error
  }
  const { [founder]: _, ...known } = passwords
  return { access: { endpoint: daemon.endpoint, passwords: known }, stop: () => daemon.stop() }
}

async function setUp({ endpoint }: Daemon, passwords: Readonly<Record<string, string>>): Promise<void> {
  const client = new DBALClient({ mode: 'production', endpoint })
  try {
    await client.auth.login({ username: founder, password: passwords[founder] as string })
    await plantSample(client, client)
    for (const username of usernames) {
      const password = passwords[username] as string
      // What is set anew ends the sessions of pages that are open.
      if (!(await client.credentials.verify(username, password)))
        await client.credentials.set({ username, password })
    }
  } finally {
    await client.close()
  }
}

const usernames = identities.flatMap(({ user }) => (user ? [user.username] : []))

async function passwordsIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const path = join(folder, 'passwords.json')
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Record<string, string>
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error
    const passwords = Object.fromEntries([founder, ...usernames].map((name) => [name, newPassword()]))
    await writeFile(path, JSON.stringify(passwords, null, 2), { mode: 0o600 })
    return passwords
  }
}

/** Has a character of every kind that the strength rules ask for. */
const newPassword = (): string => `aA1-${randomBytes(18).toString('base64url')}`

/** Where the page asks for the access; the name stands in a `<meta>` of the page. */
export const accessPath = 'daemon.json'
export const accessMeta = `<meta name="studio-daemon" content="${accessPath}" />`

/** Lets the development server of the demo tell its page of the daemon. */
export function demoDaemonPlugin({ access }: DemoDaemon): Plugin {
  return {
    name: 'demo-daemon',
    transformIndexHtml: (html) => html.replace('</head>', `${accessMeta}</head>`),
    configureServer({ middlewares }) {
      middlewares.use(`/${accessPath}`, (_request, response) => {
        response.setHeader('content-type', 'application/json')
        response.setHeader('cache-control', 'no-store')
        response.end(JSON.stringify(access))
      })
    },
  }
}
