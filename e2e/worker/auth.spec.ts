/** Signing in through the public client, in the worker. */

import { expect, test } from './fixtures.ts'

test('a user who signed in is who they are over a lost worker, and after a reload by the refresh token', async ({
  openPage,
}) => {
  const page = await openPage()
  const { refreshToken, before, after } = await page.evaluate(async () => {
    const client = new window.dbal.DBALClient()
    const signedIn = await client.auth.register({
      username: 'reader',
      email: 'reader@example.com',
      password: 'Correct-horse-9',
    })
    const before = await client.auth.me()
    window.workers.at(-1)?.terminate()
    const after = await client.users.update(signedIn.user.id, { bio: 'reads on' })
    return { refreshToken: signedIn.refreshToken, before, after }
  })
  expect(before).toMatchObject({ username: 'reader', role: 'user' })
  expect(after).toMatchObject({ bio: 'reads on' })

  await page.reload()
  await page.waitForFunction(() => window.dbal)
  const again = await page.evaluate(async (token) => {
    const client = new window.dbal.DBALClient()
    const visitor = await client.auth.me().catch(({ code }) => code)
    const { accessToken } = await client.auth.refresh({ refreshToken: token })
    const other = new window.dbal.DBALClient({ auth: { token: accessToken } })
    const names = [(await client.auth.me()).username, (await other.auth.me()).username]
    await client.auth.logout()
    const ended = await other.users.list().catch(({ code }) => code)
    return { visitor, names, ended }
  }, refreshToken)
  expect(again).toEqual({ visitor: 'UNAUTHORIZED', names: ['reader', 'reader'], ended: 'UNAUTHORIZED' })
})

test('a token that is not valid makes calls UNAUTHORIZED, and the client can still sign in', async ({
  openPage,
}) => {
  const page = await openPage()
  const result = await page.evaluate(async () => {
    const client = new window.dbal.DBALClient({ auth: { token: 'dbal_a_nonsense' } })
    await client.ready
    const refused = await client.pageConfigs.list().catch(({ code, details }) => [code, details.reason])
    await client.auth.register({ username: 'writer', email: 'w@example.com', password: 'Correct-horse-9' })
    return { refused, role: (await client.auth.me()).role }
  })
  expect(result).toEqual({ refused: ['UNAUTHORIZED', 'expired'], role: 'user' })
})
