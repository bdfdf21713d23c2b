import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../src/drivers/driver.ts'
import { openNodeSqlite } from '../src/drivers/node-sqlite.ts'
import type { SignedIn } from '../src/engine/auth/sign-in.ts'
import type { PasswordReset } from '../src/engine/passwords.ts'
import { openTestEngine, quickPasswords, type TestCaller, type TestEngine } from './support/engine.ts'

const password = 'Correct-horse-9'
const other = 'Battery-staple-7'
const unauthorized = (reason: string) =>
  expect.objectContaining({ code: 'UNAUTHORIZED', details: { reason } })

let world: TestEngine
let visitor: TestCaller
const sent: PasswordReset[] = []

beforeEach(async () => {
  sent.length = 0
  world = await openTestEngine({ sendReset: (reset) => sent.push(reset) })
  visitor = world.as('public')
})

const register = (caller: TestCaller, username = 'reader') =>
  caller.call('auth.register', {
    username,
    email: `${username}@example.com`,
    password,
  }) as Promise<SignedIn>
const visitorOf = ({ as }: TestEngine) => as('public')
const login = (caller: TestCaller, given = password, username = 'reader') =>
  caller.call('auth.login', { username, password: given }) as Promise<SignedIn>

describe('registering', () => {
  test('makes a user who is signed in and may do what a user may', async () => {
    const { user } = await register(visitor)
    expect(user).toMatchObject({ username: 'reader', role: 'user' })
    expect(await visitor.call('auth.me')).toEqual(user)
    expect(await visitor.call('update', 'User', user['id'], { bio: 'reads' })).toMatchObject({ bio: 'reads' })
    await expect(visitor.call('delete', 'User', user['id'])).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test('refuses what a user may not be, and stores nothing', async () => {
    await register(visitor)
    const second = world.as('public')
    await expect(register(second)).rejects.toMatchObject({ code: 'CONFLICT' })
    for (const [input, path] of [
      [{ username: 'x', email: 'x@example.com', password }, 'username'],
      [{ username: 'good', email: 'no address', password }, 'email'],
      [{ username: 'good', email: 'a@example.com', password: 'short' }, 'password'],
      [{ username: 'good', email: 'a@example.com' }, 'password'],
      [{ username: 'good', email: 'a@example.com', password, role: 'god' }, 'role'],
    ] as const) {
      await expect(second.call('auth.register', input)).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
        details: { issues: expect.arrayContaining([expect.objectContaining({ path })]) },
      })
    }
    expect(await world.as('god').call('count', 'User')).toBe(1)
  })

  test('is refused where it is closed', async () => {
    const closed = await openTestEngine({ registration: false })
    await expect(register(closed.as('public'))).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })
})

test('a user who comes while the password is compared was not there to sign in', async () => {
  const driver = openNodeSqlite(':memory:')
  const connection = driver.acquire() as Connection
  const { execute } = connection
  const renamed = (name: string) =>
    execute.call(connection, { sql: `update main."User" set "username" = '${name}'`, columns: [] }, [], 0)
  let comes = false
  connection.execute = (...given) => {
    // Behind the look for the user, before that for the password.
    if (comes && given[0].sql === 'begin immediate') {
      comes = false
      renamed('reader')
    }
    return execute.apply(connection, given)
  }
  world = await openTestEngine({ driver: Object.assign(driver, { acquire: () => connection }) })
  await register(world.as('public'))
  renamed('somebody')
  comes = true
  await expect(login(world.as('public'))).rejects.toEqual(unauthorized('credentials'))
  expect(comes).toBe(false)
  expect(world.incidents).toEqual([])
  // From then on it is.
  expect(await login(world.as('public'))).toMatchObject({ user: { username: 'reader' } })
})

describe('signing in', () => {
  beforeEach(() => register(world.as('public')))

  test('by name or by address, in any case of letters', async () => {
    expect((await login(visitor, password, 'READER')).user).toMatchObject({ username: 'reader' })
    const byAddress = world.as('public')
    expect(await byAddress.call('auth.login', { email: 'reader@example.com', password })).toMatchObject({
      user: { username: 'reader' },
    })
  })

  test('a wrong password and an unknown user get the same answer, and five close the name', async () => {
    const wrong = await login(visitor, other).catch((error: unknown) => error)
    const unknown = await login(visitor, other, 'nobody').catch((error: unknown) => error)
    expect(wrong).toEqual(unauthorized('credentials'))
    expect(unknown).toEqual(wrong)
    for (let attempt = 0; attempt < 4; attempt++) await login(visitor, other).catch(() => null)
    await expect(login(visitor)).rejects.toMatchObject({ code: 'RATE_LIMIT_EXCEEDED' })
    world.clock.at += 300_000
    await login(visitor)
    await expect(visitor.call('auth.me')).resolves.toMatchObject({ username: 'reader' })
  })

  test('a success does not count as an attempt', async () => {
    for (let attempt = 0; attempt < 10; attempt++) await login(world.as('public'))
  })

  test('an unknown user costs the same work, and what matches for them still is nobody’s', async () => {
    const compared: string[] = []
    world = await openTestEngine({
      passwords: {
        ...quickPasswords,
        verify: async (_password, hash) => {
          compared.push(hash)
          return true
        },
      },
    })
    await register(world.as('public'))
    await expect(login(visitorOf(world), other, 'nobody')).rejects.toEqual(unauthorized('credentials'))
    // Longer than any that can be set: only its beginning is compared.
    await expect(login(visitorOf(world), 'x'.repeat(1_025))).rejects.toEqual(unauthorized('credentials'))
    await login(visitorOf(world), 'x'.repeat(1_024))
    const form = (hash: string) => hash.split('$').map((part) => part.length)
    expect(compared).toHaveLength(3)
    expect(await visitorOf(world).call('verify', 'Credential', 'nobody', other)).toBe(false)
    expect(form(compared[0] as string)).toEqual(form(compared[1] as string))
  })

  test.each([
    [{}],
    [{ username: 'reader' }],
    [{ password }],
    [{ username: 'reader', email: 'reader@example.com', password }],
    [{ username: 7, password }],
    [{ username: 'reader', password: 'x'.repeat(3_000) }],
    [{ username: 'reader', password, role: 'god' }],
    [null],
    ['reader'],
  ])('refuses %j', async (input) => {
    await expect(visitor.call('auth.login', input)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  })

  test.each(['auth.login', 'auth.refresh', 'auth.reset'])(
    '%s refuses what JSON cannot write',
    async (method) => {
      const input = { username: 1n, refreshToken: 1n, token: 1n, password: 1n }
      await expect(visitor.call(method, input)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
      await expect(visitor.call(method, 1n)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    },
  )

  test('no token and no password is in the database, the log or a recorded reply', async () => {
    const { accessToken, refreshToken } = await login(visitor)
    await visitor.call('auth.refresh', { refreshToken })
    const bytes = await dump()
    expect(bytes).toContain('reader')
    for (const secret of [accessToken, refreshToken, password]) expect(bytes).not.toContain(secret)
  })

  test('is in the audit log with who it was, and so is a refusal', async () => {
    const { user } = await login(visitor)
    await login(world.as('public'), other).catch(() => null)
    const { data } = (await world.as('god').call('audit.list', { filter: { operation: 'auth.login' } })) as {
      data: { values: unknown[]; fields: string[] }
    }
    const at = (row: number, field: string) =>
      data.values[row * data.fields.length + data.fields.indexOf(field)]
    expect([at(0, 'success'), at(0, 'code')]).toEqual([false, 'UNAUTHORIZED'])
    expect([at(1, 'success'), at(1, 'rowIds')]).toEqual([true, [user['id']]])
  })
})

describe('tokens', () => {
  let pair: SignedIn
  beforeEach(async () => {
    await register(world.as('public'))
    pair = await login(visitor)
  })

  test('an access token acts for its user on another connection', async () => {
    const second = world.as('public')
    expect(await second.call('auth.resume', { token: pair.accessToken })).toMatchObject({
      user: { username: 'reader' },
      expiresAt: pair.expiresAt,
    })
    expect(await second.call('auth.me')).toMatchObject({ username: 'reader' })
    const userId = String(pair.user['id']).toUpperCase()
    await world.as('public').call('auth.resume', { token: pair.accessToken, userId })
  })

  test('what is worth nothing any more is not kept', async () => {
    const tokens = async () => (await rowsOf('_dbal_tokens')).length
    expect(await tokens()).toBe(4)
    await visitor.call('auth.logout')
    expect(await tokens()).toBe(2)
    world.clock.at += 604_800_000
    await login(visitor)
    expect(await tokens()).toBe(2)
  })

  test.each([
    ['none', ''],
    ['not one of ours', 'eyJhbGciOiJub25lIn0.e30.'],
    ['one that was never given', `dbal_a_${'0'.repeat(64)}`],
    ['a huge one', 'x'.repeat(2_000)],
  ])('resuming with %s is UNAUTHORIZED', async (_, token) => {
    await expect(world.as('public').call('auth.resume', { token })).rejects.toEqual(unauthorized('token'))
  })

  test('a token of another kind, or of another user than it is said to be of, is none', async () => {
    const second = world.as('public')
    await expect(second.call('auth.resume', { token: pair.refreshToken })).rejects.toEqual(
      unauthorized('token'),
    )
    await expect(second.call('auth.refresh', { refreshToken: pair.accessToken })).rejects.toEqual(
      unauthorized('token'),
    )
    await expect(
      second.call('auth.resume', { token: pair.accessToken, userId: crypto.randomUUID() }),
    ).rejects.toEqual(unauthorized('token'))
    await expect(second.call('auth.me')).rejects.toEqual(unauthorized('signed out'))
  })

  test('an access token ends after a day: calls are refused until it is refreshed', async () => {
    world.clock.at += 86_400_000
    await expect(visitor.call('list', 'PageConfig')).rejects.toEqual(unauthorized('expired'))
    pair = (await visitor.call('auth.refresh', { refreshToken: pair.refreshToken })) as SignedIn
    await visitor.call('list', 'PageConfig')
    world.clock.at += 604_800_000
    await expect(visitor.call('auth.refresh', { refreshToken: pair.refreshToken })).rejects.toEqual(
      unauthorized('token'),
    )
  })

  test('a refresh gives a new pair, and the pair before is worth nothing', async () => {
    const next = (await visitor.call('auth.refresh', { refreshToken: pair.refreshToken })) as SignedIn
    expect(next.refreshToken).not.toBe(pair.refreshToken)
    await expect(world.as('public').call('auth.resume', { token: pair.accessToken })).rejects.toEqual(
      unauthorized('token'),
    )
  })

  test('a refresh whose reply was lost may be asked for again at once', async () => {
    await visitor.call('auth.refresh', { refreshToken: pair.refreshToken })
    world.clock.at += 5_000
    const again = (await visitor.call('auth.refresh', { refreshToken: pair.refreshToken })) as SignedIn
    await world.as('public').call('auth.resume', { token: again.accessToken })
  })

  test('a refresh token that comes back later ends its session, on every connection', async () => {
    const next = (await visitor.call('auth.refresh', { refreshToken: pair.refreshToken })) as SignedIn
    const second = world.as('public')
    await second.call('auth.resume', { token: next.accessToken })
    world.clock.at += 60_000
    await expect(
      world.as('public').call('auth.refresh', { refreshToken: pair.refreshToken }),
    ).rejects.toEqual(unauthorized('token'))
    await expect(visitor.call('auth.refresh', { refreshToken: next.refreshToken })).rejects.toEqual(
      unauthorized('token'),
    )
    for (const caller of [visitor, second])
      await expect(caller.call('list', 'PageConfig')).rejects.toEqual(unauthorized('expired'))
  })

  test('of two who go on with one refresh token, one is found out and both are out', async () => {
    const stolen = pair.refreshToken
    const own = (await visitor.call('auth.refresh', { refreshToken: stolen })) as SignedIn
    world.clock.at += 5_000
    const thief = world.as('public')
    const other = (await thief.call('auth.refresh', { refreshToken: stolen })) as SignedIn
    world.clock.at += 60_000
    await expect(visitor.call('auth.refresh', { refreshToken: own.refreshToken })).rejects.toEqual(
      unauthorized('token'),
    )
    await expect(thief.call('auth.refresh', { refreshToken: other.refreshToken })).rejects.toEqual(
      unauthorized('token'),
    )
    await expect(thief.call('list', 'PageConfig')).rejects.toEqual(unauthorized('expired'))
  })

  test('signing out ends the tokens and leaves a visitor', async () => {
    expect(await visitor.call('auth.logout')).toBe(true)
    await expect(visitor.call('auth.me')).rejects.toEqual(unauthorized('signed out'))
    await visitor.call('list', 'PageConfig')
    await expect(world.as('public').call('auth.resume', { token: pair.accessToken })).rejects.toEqual(
      unauthorized('token'),
    )
    expect(await visitor.call('auth.logout')).toBe(true)
  })

  test('a new role, and the end of the user, reach a connection at once', async () => {
    const supergod = world.as('supergod')
    await expect(visitor.call('list', 'Workflow')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await supergod.call('update', 'User', pair.user['id'], { role: 'god' })
    await visitor.call('list', 'Workflow')
    await supergod.call('delete', 'User', pair.user['id'])
    await expect(visitor.call('list', 'PageConfig')).rejects.toEqual(unauthorized('expired'))
  })

  test('live queries of a caller follow its role', async () => {
    await world.as('god').call('create', 'PageConfig', { slug: 'desk', title: 'Desk', level: 3 })
    await visitor.call('live.open', 'PageConfig', {}, 1)
    await world.as('supergod').call('update', 'User', pair.user['id'], { role: 'admin' })
    expect(visitor.events.at(-1)).toMatchObject({ whole: { values: expect.arrayContaining(['desk']) } })
    await visitor.call('auth.logout')
    expect(visitor.events.at(-1)).toMatchObject({ whole: { values: [] } })
  })
})

describe('a new password', () => {
  let pair: SignedIn
  beforeEach(async () => {
    pair = await register(visitor)
  })

  test('set by the user ends every other session', async () => {
    const second = world.as('public')
    await login(second)
    await visitor.call('auth.changePassword', { currentPassword: password, newPassword: other })
    await expect(visitor.call('auth.me')).resolves.toMatchObject({ username: 'reader' })
    await expect(second.call('list', 'PageConfig')).rejects.toEqual(unauthorized('expired'))
    await expect(login(world.as('public'))).rejects.toEqual(unauthorized('credentials'))
    await login(world.as('public'), other)
  })

  test('needs the old one, a strong new one, and somebody signed in', async () => {
    const change = (caller: TestCaller, currentPassword: string, newPassword: string) =>
      caller.call('auth.changePassword', { currentPassword, newPassword })
    await expect(change(visitor, other, other)).rejects.toEqual(unauthorized('credentials'))
    await expect(change(visitor, password, 'weak')).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    await expect(change(world.as('public'), password, other)).rejects.toEqual(unauthorized('signed out'))
    await login(world.as('public'))
  })

  test('by a token that the host sends, once', async () => {
    const stranger = world.as('public')
    expect(await stranger.call('auth.requestReset', { email: 'READER@example.com' })).toBe(true)
    expect(await stranger.call('auth.requestReset', { username: 'nobody' })).toBe(true)
    expect(sent).toEqual([
      expect.objectContaining({ userId: pair.user['id'], username: 'reader', email: 'reader@example.com' }),
    ])
    const { token } = sent[0] as PasswordReset
    expect(await dump()).not.toContain(token)
    await stranger.call('auth.reset', { token, password: other })
    await expect(stranger.call('auth.reset', { token, password })).rejects.toEqual(unauthorized('token'))
    await expect(visitor.call('list', 'PageConfig')).rejects.toEqual(unauthorized('expired'))
    await login(stranger, other)
  })

  test('an older reset token, and one after its hour, are worth nothing', async () => {
    const stranger = world.as('public')
    await stranger.call('auth.requestReset', { username: 'reader' })
    await stranger.call('auth.requestReset', { username: 'reader' })
    const [older, newer] = sent as [PasswordReset, PasswordReset]
    await expect(stranger.call('auth.reset', { token: older.token, password: other })).rejects.toEqual(
      unauthorized('token'),
    )
    world.clock.at += 3_600_000
    await expect(stranger.call('auth.reset', { token: newer.token, password: other })).rejects.toEqual(
      unauthorized('token'),
    )
  })

  test('cannot be asked for where the host sends nothing, nor too often', async () => {
    const mute = await openTestEngine()
    await expect(mute.as('public').call('auth.requestReset', { username: 'reader' })).rejects.toMatchObject({
      code: 'CAPABILITY_NOT_SUPPORTED',
    })
    const stranger = world.as('public')
    for (let count = 0; count < 5; count++) await stranger.call('auth.requestReset', { username: 'reader' })
    await expect(stranger.call('auth.requestReset', { username: 'reader' })).rejects.toMatchObject({
      code: 'RATE_LIMIT_EXCEEDED',
    })
  })

  test('an outdated hash is made anew at the next sign-in', async () => {
    const outdated = new Set<string>()
    world = await openTestEngine({
      passwords: { ...quickPasswords, isOutdated: (hash) => outdated.has(hash) },
    })
    await register(world.as('public'))
    const before = await storedHash()
    await login(world.as('public'))
    expect(await storedHash()).toBe(before)
    outdated.add(before)
    const open = world.as('public')
    await login(open)
    outdated.add(await storedHash())
    await login(world.as('public'))
    expect(await storedHash()).not.toBe(before)
    // It is the same password: who was signed in still is.
    expect(await open.call('auth.me')).toMatchObject({ username: 'reader' })
    expect(await world.as('god').call('firstLogin', 'Credential', 'reader')).toBe(false)
    await login(world.as('public'))
  })
})

describe('the old password, while a new one is set', () => {
  /** Comparing takes until `go` is called. */
  async function setup() {
    let go = () => {}
    let begun = () => {}
    let isSlow = false
    const waiting = new Promise<void>((resolve) => {
      begun = resolve
    })
    const going = new Promise<void>((resolve) => {
      go = resolve
    })
    world = await openTestEngine({
      sendReset: (reset) => sent.push(reset),
      passwords: {
        ...quickPasswords,
        verify: async (given, hash) => {
          const answer = await quickPasswords.verify(given, hash)
          if (isSlow) {
            isSlow = false
            begun()
            await going
          }
          return answer
        },
      },
    })
    const owner = world.as('public')
    await register(owner)
    return {
      owner,
      go: () => go(),
      slowly: async (work: () => Promise<unknown>) => {
        isSlow = true
        const result = work().catch((error: unknown) => error)
        await waiting
        return { result }
      },
    }
  }

  const change = (caller: TestCaller, newPassword = other) =>
    caller.call('auth.changePassword', { currentPassword: password, newPassword })

  test('signs nobody in any more', async () => {
    const { owner, go, slowly } = await setup()
    const { result } = await slowly(() => login(world.as('public')))
    await change(owner)
    go()
    expect(await result).toEqual(unauthorized('credentials'))
  })

  const third = 'Third-wheel-1'
  const byAdmin = () =>
    world.as('supergod').call('set', 'Credential', { username: 'reader', password: other })

  test.each([
    ['auth.changePassword', (second: TestCaller) => change(second, third), byAdmin],
    [
      'credentials.set',
      (second: TestCaller) =>
        second.call('set', 'Credential', {
          username: 'reader',
          currentPassword: password,
          password: third,
        }),
      (owner: TestCaller) => change(owner),
    ],
  ])('sets no third one by %s', async (_name, set, meanwhile) => {
    const { owner, go, slowly } = await setup()
    const second = world.as('public')
    await login(second)
    const { result } = await slowly(() => set(second))
    await meanwhile(owner)
    go()
    expect(await result).toMatchObject({ code: 'UNAUTHORIZED' })
    await login(world.as('public'), other)
  })

  test('and a reset token that was sent before are worth nothing, whoever set the new one', async () => {
    for (const set of [(owner: TestCaller) => change(owner), byAdmin]) {
      sent.length = 0
      const { owner } = await setup()
      const stranger = world.as('public')
      await stranger.call('auth.requestReset', { username: 'reader' })
      await set(owner)
      const { token } = sent[0] as PasswordReset
      await expect(stranger.call('auth.reset', { token, password: 'Third-wheel-1' })).rejects.toEqual(
        unauthorized('token'),
      )
      await login(stranger, other)
    }
  })
})

test('two who use one reset token at the same moment, in two processes: one of them has set the password', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dbal-reset-'))
  const path = join(folder, 'app.sqlite')
  let waiting = 0
  let go = () => {}
  const both = new Promise<void>((resolve) => {
    go = resolve
  })
  let isSlow = false
  const passwords = {
    ...quickPasswords,
    hash: async (given: string) => {
      if (isSlow) {
        if (++waiting === 2) go()
        await both
      }
      return quickPasswords.hash(given)
    },
  }
  const open = () =>
    openTestEngine({ driver: openNodeSqlite(path), passwords, sendReset: (reset) => sent.push(reset) })
  const [left, right] = [await open(), await open()]
  await register(left.as('public'))
  await left.as('public').call('auth.requestReset', { username: 'reader' })
  const { token } = sent[0] as PasswordReset
  isSlow = true
  const results = await Promise.allSettled(
    [left, right].map(({ as }, at) => as('public').call('auth.reset', { token, password: `${other}${at}` })),
  )
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  isSlow = false
  const winner = results.findIndex(({ status }) => status === 'fulfilled')
  await login(right.as('public'), `${other}${winner}`)
  for (const { engine } of [left, right]) await engine.close()
  await rm(folder, { recursive: true })
})

test.each([
  [
    'throws',
    () => {
      throw new Error('no mail today')
    },
  ],
  ['rejects', () => Promise.reject(new Error('no mail today'))],
])('a host whose mailing %s tells nobody who has an account', async (_, sendReset) => {
  world = await openTestEngine({ sendReset })
  await register(world.as('public'))
  for (const username of ['reader', 'nobody'])
    expect(await world.as('public').call('auth.requestReset', { username })).toBe(true)
  expect(world.incidents).toEqual([new Error('no mail today')])
})

async function storedHash(): Promise<string> {
  const connection = await world.driver.acquire()
  const { values } = await connection.execute(
    { sql: 'select "passwordHash" from "Credential"', columns: ['text'], once: true },
    [],
    0,
  )
  return values[0] as string
}

async function rowsOf(table: string): Promise<readonly unknown[]> {
  const connection = await world.driver.acquire()
  const sql = `select 1 from "${table}"`
  return (await connection.execute({ sql, columns: ['integer'], once: true }, [], 0)).values
}

/** Every value of every table, as text. */
async function dump(): Promise<string> {
  const connection = await world.driver.acquire()
  const all = async (sql: string, columns: number) =>
    (await connection.execute({ sql, columns: Array(columns).fill('any'), once: true }, [], 0)).values
  const tables = await all(`select "name" from sqlite_schema where "type" = 'table'`, 1)
  const texts: string[] = []
  for (const name of tables) {
    const columns = await all(`select "name" from pragma_table_info('${name}')`, 1)
    const values = await all(`select * from "${name}"`, columns.length)
    texts.push(values.map(String).join('\n'))
  }
  return texts.join('\n')
}
