import { once } from 'node:events'
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DaemonConfigInput } from './config/shape.ts'
import { startDaemon } from './start.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dbal-start-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** What a start that fails says. */
async function said(config: DaemonConfigInput): Promise<string> {
  try {
    const daemon = await startDaemon({
      ...config,
      server: { port: 0, ...config.server },
      database: { url: `file:${folder}/app.sqlite`, ...config.database },
      logging: { level: 'fatal' },
    })
    await daemon.stop()
    return 'it started'
  } catch (error) {
    return (error as Error).message
  }
}

const problem = (text: string) => `The configuration is not right:\n  ${text}`
const from = `; the path is seen from ${process.cwd()}`

describe('a daemon that does not start names the key', () => {
  it.each<[string, DaemonConfigInput, string]>([
    [
      'a certificate',
      { server: { tls: { enabled: true, cert_file: 'nowhere', key_file: 'k' } } },
      'server.tls.cert_file',
    ],
    ['a schema', { schema: { file: 'nowhere' } }, 'schema.file'],
    ['rules', { acl: { rules_file: 'nowhere' } }, 'acl.rules_file'],
    [
      'a folder for the audit file',
      { security: { audit_log_path: 'nowhere/audit.log' } },
      'security.audit_log_path',
    ],
  ])('of %s that is not there', async (_name, config, key) => {
    expect(await said(config)).toBe(problem(`${key}: there is no such file or folder${from}`))
  })

  it('of a certificate that is none, before it makes a database', async () => {
    const file = join(folder, 'x.pem')
    await writeFile(file, '-----BEGIN SECRET-----')
    expect(await said({ server: { tls: { enabled: true, cert_file: file, key_file: file } } })).toBe(
      problem('server.tls.cert_file: holds no certificate in PEM'),
    )
    expect(await readdir(folder)).toEqual(['x.pem'])
  })

  it('of a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    expect(await said({ server: { port } })).toBe(
      `server.port: ${port} is taken on 127.0.0.1; end what listens there, or name another`,
    )
    other.close()
  })

  it('of a file that another daemon has, until that one has ended', async () => {
    const database = { url: `file:${folder}/shared.sqlite` }
    const first = await startDaemon({ server: { port: 0 }, database, logging: { level: 'fatal' } })
    await symlink(`${folder}/shared.sqlite`, `${folder}/same.sqlite`)
    for (const name of ['shared', 'same'])
      expect(await said({ database: { url: `file:${folder}/${name}.sqlite` } })).toMatch(
        /^database\.url: another daemon has this file open; end it first/,
      )
    await first.stop()
    expect(await said({ database })).toBe('it started')
  })

  it.each([
    [
      'a server that does not run',
      'postgres://u:geheim@127.0.0.1:1/x',
      /^database\.url: the database does not open: .*ECONNREFUSED 127\.0\.0\.1:1; is the server running/,
    ],
    [
      'MariaDB that does not run',
      'mysql://u:geheim@127.0.0.1:1/x',
      /^database\.url: the database does not open: .*ECONNREFUSED/,
    ],
    [
      'a password that is read as a host',
      'postgres://u:x@geheim.invalid#@127.0.0.1:1/x',
      /^database\.url: .*percent-encoded$/,
    ],
    [
      'a password with a bare percent sign',
      'mysql://u:geheim%@127.0.0.1:1/x',
      /^database\.url: .*percent-encoded$/,
    ],
    ['an address that is none', 'postgres://u:geheim/x@127.0.0.1:1/x', /^database\.url: .*percent-encoded$/],
    [
      'a folder that is not there',
      'file:/nowhere/app.sqlite',
      /^database\.url: .*unable to open database file; its folder must be there/,
    ],
  ])('of %s, and shows no password', async (_name, url, expected) => {
    const text = await said({ database: { url } })
    expect(text).toMatch(expected)
    expect(text).not.toMatch(/geheim|\n/)
  })

  it('of an administrator whose name will not do', async () => {
    expect(
      await said({ security: { bootstrap: { username: 'ro', password: 'Correct-horse-9', email: 'x' } } }),
    ).toBe(
      problem(
        'security.bootstrap.username: must have at least 3 characters\n  security.bootstrap.email: must be an e-mail address',
      ),
    )
  })
})
