/**
 * The Dockerfile, the compose file and the systemd unit, as far as they can be tried without what runs them: their shape, what
 * they say to the daemon, and what must hold of each. `DBAL_LONG=1` runs the Dockerfile's steps in an empty folder.
 */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readConfiguration } from '../../daemon/config/read.ts'
import { Daemons, password } from '../support/daemon.ts'
import { configure, dockerfile, exitOf, ofKind, read, root, variablesOf, type Yaml } from './files.ts'

const daemons = new Daemons()
afterAll(() => daemons.end())

describe('the Dockerfile', () => {
  test('knows its instructions, runs as a number that is not root, and starts what the package has', async () => {
    const all = await dockerfile()
    expect(all.map(({ name }) => name)).toEqual([
      'FROM',
      'WORKDIR',
      'COPY',
      'RUN',
      'USER',
      'WORKDIR',
      'VOLUME',
      'EXPOSE',
      'ENV',
      'HEALTHCHECK',
      'ENTRYPOINT',
    ])
    const [user = ''] = ofKind(all, 'USER')
    expect(Number(user)).toBeGreaterThan(0)
    const { bin, peerDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    const [from = ''] = ofKind(all, 'FROM')
    // The daemon hashes with what Node 24.7 brought.
    expect(Number(/^node:(\d+)-slim$/.exec(from)?.[1])).toBeGreaterThanOrEqual(24)
    const [entry = ''] = ofKind(all, 'ENTRYPOINT')
    expect(JSON.parse(entry)).toEqual([
      'node',
      `/opt/dbal/node_modules/@metabuilder/dbal/${bin['dbal-daemon'].slice(2)}`,
    ])
    const [run = ''] = ofKind(all, 'RUN')
    for (const peer of ['pg', 'mysql2'])
      expect(run, peerDependencies[peer]).toMatch(new RegExp(` ${peer}@\\d+ `))
  })

  test('says nothing to the daemon that it would not start with, but who is trusted', async () => {
    const environment = variablesOf(ofKind(await dockerfile(), 'ENV')[0] as string)
    expect(() => configure('', environment)).toThrow('server.host')
    const config = configure('', { ...environment, DBAL_SERVER_TRUSTED_PROXIES: '10.0.0.0/8' })
    expect(config.database.url).toBe('file:/data/app.sqlite')
    expect(config.server.port).toBe(Number(ofKind(await dockerfile(), 'EXPOSE')[0]))
  })

  test('asks for health in a way that a daemon answers', async () => {
    const [check = ''] = ofKind(await dockerfile(), 'HEALTHCHECK')
    const script = /CMD node -e "(.*)"$/.exec(check)?.[1] as string
    const { daemon } = await daemons.start()
    expect(await exitOf(script, daemon.port)).toBe(0)
    await daemon.stop()
    expect(await exitOf(script, daemon.port)).toBe(1)
  })
})

describe('the compose file', () => {
  const keys = {
    file: ['services', 'volumes', 'networks'],
    service: [
      'build',
      'image',
      'environment',
      'ports',
      'volumes',
      'networks',
      'read_only',
      'tmpfs',
      'cap_drop',
      'cap_add',
      'security_opt',
      'mem_limit',
      'pids_limit',
      'stop_grace_period',
      'depends_on',
      'restart',
    ],
  }
  let file: Yaml
  beforeAll(async () => {
    file = parse(await read('compose.yaml'))
  })

  test('has keys that there are, and names what it has', () => {
    expect(keys.file).toEqual(expect.arrayContaining(Object.keys(file)))
    const { services, volumes, networks } = file
    for (const [name, service] of Object.entries<Yaml>(services)) {
      expect(keys.service, name).toEqual(expect.arrayContaining(Object.keys(service)))
      expect(Object.keys(networks)).toEqual(expect.arrayContaining([...(service['networks'] ?? [])]))
      for (const volume of service['volumes'] ?? []) {
        const [source = '', target] = volume.replace(/\$\{[^}]*\}/g, './given').split(':')
        expect(source.startsWith('./') || source in volumes, volume).toBe(true)
        expect(target).toMatch(/^\//)
      }
      expect(service['read_only'], name).toBe(true)
      expect(service['cap_drop'], name).toEqual(['ALL'])
      expect(service['security_opt'], name).toEqual(['no-new-privileges:true'])
      for (const other of Object.keys(service['depends_on'] ?? {})) expect(services).toHaveProperty(other)
    }
    // The daemon speaks in the clear: the proxy reaches it, and nobody else.
    expect(services['daemon']['ports']).toBeUndefined()
    expect(services['daemon']['networks']).toEqual(['inside'])
    expect(networks['inside']).toMatchObject({ internal: true })
  })

  test('tells the daemon what it starts with', async () => {
    const given: Record<string, string> = { APP_HOST: 'app.example.com', ROOT_PASSWORD: password }
    const environment: Record<string, string> = variablesOf(ofKind(await dockerfile(), 'ENV')[0] as string)
    for (const [name, value] of Object.entries(file['services']['daemon']['environment']))
      environment[name] = String(value).replace(
        /\$\{(\w+)(:\?[^}]*)?\}/g,
        (_, key: string) => given[key] ?? '?',
      )
    const { server, security } = configure('', environment)
    expect(server.allowed_origins).toEqual(['https://app.example.com'])
    expect(security.bootstrap?.password).toBe(password)
    const [{ subnet }] = file['networks']['inside']['ipam']['config']
    expect(server.trusted_proxies).toEqual([subnet])
    expect(
      Number.parseInt(String(file['services']['daemon']['stop_grace_period']), 10) * 1_000,
    ).toBeGreaterThan(server.drain_timeout)
  })

  test('lets the sockets and /ready through, and nothing else', async () => {
    const caddy = await read('Caddyfile')
    expect(caddy).toMatch(/@daemon path \/ \/ready\n\treverse_proxy @daemon daemon:50051\n\trespond 404/)
    expect(file['services']['web']['environment']).toHaveProperty('DBAL_HOST')
    // Balanced, and indented by tabs, as `caddy fmt` has it.
    expect(caddy.split('{').length).toBe(caddy.split('}').length)
    expect(caddy).not.toMatch(/^ /m)
  })
})

test('the systemd unit starts what the package has, and gives it time to drain', async () => {
  const unit = await read('dbal-daemon.service')
  const lines = unit.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  for (const line of lines) expect(line).toMatch(/^(\[(Unit|Service|Install)\]|[A-Z][A-Za-z]+=.*)$/)
  const { bin } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  expect(unit).toContain(
    `/node_modules/@metabuilder/dbal/${bin['dbal-daemon'].slice(2)} --config /etc/dbal/dbal.yaml`,
  )
  const seconds = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])
  expect(seconds * 1_000).toBeGreaterThan(readConfiguration('').server.drain_timeout)
})

test.runIf(process.env['DBAL_LONG'])(
  'the Dockerfile’s steps, in an empty folder: a daemon that starts, is healthy, and drains',
  async () => {
    const run = promisify(execFile)
    const folder = await mkdtemp(join(tmpdir(), 'dbal-image-'))
    try {
      const data = join(folder, 'data')
      const work = join(folder, 'opt')
      await run('mkdir', [work])
      await run('npm', ['pack', '--pack-destination', work], { cwd: root })
      const all = await dockerfile()
      const [tarball = ''] = (await readdir(work)).filter((name) => name.endsWith('.tgz'))
      expect(ofKind(all, 'COPY')).toEqual(['metabuilder-dbal-*.tgz ./dbal.tgz'])
      await run('mv', [join(work, tarball), join(work, 'dbal.tgz')])
      const [steps = ''] = ofKind(all, 'RUN')
      // There is no user `node` here, and the root of the file system is not this test's.
      const here = steps.replaceAll('/data', data).replace('chown node:node', 'chmod 700')
      await run('sh', ['-ec', here], { cwd: work })
      for (const name of ['pg', 'mysql2', 'ws'])
        expect(await readdir(join(work, 'node_modules'))).toContain(name)
      const [entry = ''] = ofKind(all, 'ENTRYPOINT')
      const [, script = ''] = JSON.parse(entry) as [string, string]
      const environment = variablesOf(ofKind(all, 'ENV')[0] as string)
      const port = 50_000 + (process.pid % 10_000)
      await writeFile(join(data, 'dbal.yaml'), 'server: { trusted_proxies: [10.0.0.0/8] }')
      const daemon = spawn(process.execPath, [script.replace('/opt/dbal', work), '--config', 'dbal.yaml'], {
        cwd: data,
        env: {
          PATH: process.env['PATH'] ?? '',
          ...environment,
          DBAL_DATABASE_URL: (environment['DBAL_DATABASE_URL'] ?? '').replace('/data', data),
          DBAL_SERVER_PORT: String(port),
        },
      })
      let log = ''
      daemon.stdout.on('data', (text) => {
        log += String(text)
      })
      const ended = once(daemon, 'exit')
      while (!log.includes('"msg":"serving"')) await Promise.race([once(daemon.stdout, 'data'), ended])
      const [check = ''] = ofKind(all, 'HEALTHCHECK')
      expect(await exitOf(/CMD node -e "(.*)"$/.exec(check)?.[1] as string, port)).toBe(0)
      daemon.kill('SIGTERM')
      expect((await ended)[0]).toBe(0)
      expect(await readdir(data)).toEqual(['app.sqlite', 'app.sqlite-daemon', 'dbal.yaml'])
    } finally {
      await rm(folder, { recursive: true })
    }
  },
  600_000,
)
