/** `npx dbal conformance` against daemons: one that is as it should be, one that is not, and some that it does not take. */

import { afterEach, describe, expect, test } from 'vitest'
import type { DaemonConfigInput } from '../../daemon/config/shape.ts'
import { runCommand } from '../../src/cli/run.ts'
import { defineSchema } from '../../src/schema/define.ts'
import { f } from '../../src/schema/fields.ts'
import { Daemons, password } from '../support/daemon.ts'

const daemons = new Daemons()
afterEach(() => daemons.end())

async function conformance(endpoint: string, ...more: string[]) {
  const [out, errors]: [string[], string[]] = [[], []]
  const args = ['conformance', '--endpoint', endpoint, '--username', 'root', '--password', password, ...more]
  const code = await runCommand(args, { folder: '/', print: (text) => out.push(text) }, (text) =>
    errors.push(text),
  )
  return { code, out: out.join('\n'), errors: errors.join('\n') }
}

const start = (security: DaemonConfigInput['security'] = {}) =>
  daemons.start({
    security: { bootstrap: { username: 'root', password }, rate_limit: { enabled: false }, ...security },
  })

test('cases pass, those that cannot run are counted, and nothing is left behind', async () => {
  const { daemon, connect } = await start()
  const { code, out } = await conformance(daemon.endpoint, '--topic', 'upsert', '--topic', 'batch')
  expect(out).toMatch(/^upsert +[1-9]\d* +0 +\d+$/m)
  expect(out).toMatch(/^batch +[1-9]\d* +0 +[1-9]\d*$/m)
  expect(out).toMatch(/^skipped \d+: looks at all users/m)
  expect(code).toBe(0)
  const client = connect()
  await client.auth.login({ username: 'root', password })
  expect((await client.stats()).rows).toMatchObject({ User: 1, PageConfig: 0, Workflow: 0 })
}, 120_000)

test('an endpoint that lets through what the rules forbid is told of', async () => {
  const { daemon } = await start({ sandbox: 'permissive' })
  const { code, out } = await conformance(daemon.endpoint, '--topic', 'batch', '--json')
  const results = out.split('\n').map((line) => JSON.parse(line) as { name: string; failure?: string })
  expect(results.filter(({ failure }) => failure?.includes('expected "FORBIDDEN"'))).not.toEqual([])
  expect(code).toBe(1)
}, 120_000)

describe('it does not begin', () => {
  test('over rows that are there, unless it is told to', async () => {
    const { daemon, connect } = await start()
    const client = connect()
    await client.auth.login({ username: 'root', password })
    await client.pageConfigs.create({ slug: 'mine', title: 'Mine', level: 1 })
    expect(await conformance(daemon.endpoint, '--topic', 'upsert')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('The database holds rows of PageConfig'),
    })
    expect(await client.pageConfigs.count()).toBe(1)
  })

  test('as somebody who is no supergod, or with a wrong password', async () => {
    const { daemon, connect } = await start()
    const client = connect()
    await client.auth.register({ username: 'ann', email: 'ann@example.com', password })
    expect(await conformance(daemon.endpoint, '--username', 'ann')).toMatchObject({
      code: 2,
      errors: 'ann is user; a supergod is needed',
    })
    expect(await conformance(daemon.endpoint, '--password', 'a guess')).toMatchObject({ code: 2, out: '' })
  })

  test.each([
    ['while it signs in', 10],
    ['in the middle', 60],
  ])(
    'to count failures where requests are limited, %s',
    async (_name, requests_per_minute) => {
      const { daemon } = await start({ rate_limit: { enabled: true, requests_per_minute, burst: 0 } })
      expect(await conformance(daemon.endpoint, '--topic', 'upsert', '--topic', 'batch')).toMatchObject({
        code: 2,
        errors: expect.stringMatching(
          /^The endpoint limits requests.* DBAL_SECURITY_RATE_LIMIT_ENABLED=false$/,
        ),
      })
    },
    30_000,
  )

  test('with another schema', async () => {
    const schema = defineSchema({ Note: { fields: { id: f.id() } } }, { name: 'notes' })
    const { daemon } = await daemons.start({}, { schema })
    expect(await conformance(daemon.endpoint)).toMatchObject({ code: 2, out: '' })
  })

  test('where nobody answers', async () => {
    expect(await conformance('ws://127.0.0.1:1')).toMatchObject({ code: 2, out: '' })
  }, 30_000)

  test.each<[readonly string[], RegExp]>([
    [['--endpoint', 'http://localhost'], /--endpoint must be an address/],
    [['--topic', 'nothing'], /There is no topic nothing. There are: .*upsert/],
    [['--username', ''], /^Usage: dbal conformance/],
  ])('with %j', async (more, message) => {
    expect(await conformance('ws://127.0.0.1:1', ...more)).toMatchObject({
      code: 2,
      errors: expect.stringMatching(message),
    })
  })
})
