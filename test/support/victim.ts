/** Somebody with an open socket, whose role and sign-in others take away. */

import { expect } from 'vitest'
import type { DBALClient } from '../../src/index.ts'
import { type DaemonSetup, password } from './daemon.ts'
import type { Message } from './raw-socket.ts'

export interface Victim {
  readonly id: string
  readonly username: string
  /** What a request for god alone is answered with now; by the token in the request, where the socket's own sign-in is not asked. */
  ask(by?: 'token'): Promise<200 | 401 | 403>
  /** How many rows its live query for gods shows by what it was told. */
  readonly rows: number
  /** Why its sign-in has ended, by what it was told. */
  readonly ended: unknown
  /** Resolves when that is so, by what it was told. */
  until(is: () => boolean): Promise<void>
}

const level = 4

/** What gods see and users do not. */
export async function makePage(root: DBALClient): Promise<void> {
  await root.pageConfigs.create({ slug: `for-gods-${crypto.randomUUID()}`, title: 'For gods', level })
}

/** A new user with a socket to the daemon and a live query over the pages for gods. */
export async function victimOf({ connect, raw: open }: DaemonSetup, username: string): Promise<Victim> {
  const client = connect()
  const email = `${username}@example.com`
  const { user, accessToken: token } = await client.auth.register({ username, email, password })
  const raw = await open()
  const told = { rows: 0, ended: null as unknown }
  const replies = new Map<unknown, (message: Message) => void>()
  let look = () => {}
  raw.socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as Message
    if (message.event) hear(message.event)
    else replies.get(message.id)?.(message)
    look()
  })
  function hear(event: Readonly<Record<string, unknown>>): void {
    if (event['type'] === 'session') told.ended = event['reason']
    if (event['type'] === 'liveError') told.rows = 0
    if (event['type'] !== 'live') return
    const { added, removed } = (event['change'] ?? { added: [], removed: [] }) as Record<string, unknown[]>
    if (event['whole']) told.rows = (event['whole'] as unknown[]).length
    else told.rows += (added?.length ?? 0) - (removed?.length ?? 0)
  }
  let asked = 0
  const send = (method: string, params: unknown[], more = {}) => {
    const id = ++asked
    const reply = new Promise<Message>((resolve) => replies.set(id, resolve))
    raw.send({ id, method, params, ...more })
    return reply
  }
  await send('auth.resume', [{ token, userId: user.id }])
  expect(await send('live.open', ['PageConfig', { filter: { level } }, 1])).not.toHaveProperty('error')
  return {
    id: user.id,
    username,
    async ask(by) {
      const auth = by === 'token' ? { auth: { token, userId: user.id } } : {}
      const { error } = await send('count', ['Workflow'], auth)
      return (error?.code ?? 200) as 200 | 401 | 403
    },
    get rows() {
      return told.rows
    },
    get ended() {
      return told.ended
    },
    until: (is) =>
      new Promise((resolve) => {
        look = () => {
          if (is()) resolve()
        }
        look()
      }),
  }
}
