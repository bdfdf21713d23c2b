import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { checkConfiguration } from './check.ts'
import { configKeys } from './environment.ts'
import { ConfigError, readConfiguration } from './read.ts'

const variable = (name: string) => `\${${name}}`
const problemsOf = (run: () => unknown): readonly string[] => {
  try {
    run()
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}
const problems = (yaml: string, environment: Record<string, string> = {}) =>
  problemsOf(() => readConfiguration(yaml, environment))
const checked = (yaml: string) => problemsOf(() => checkConfiguration(readConfiguration(yaml)))

describe('a configuration', () => {
  it('of nothing is a file on a loopback address, with every limit on', () => {
    const config = readConfiguration('')
    expect(config.server).toMatchObject({ host: '127.0.0.1', port: 50_051, max_frame_bytes: 1_048_576 })
    expect(config.security).toMatchObject({
      sandbox: 'strict',
      audit_log: true,
      public_access: true,
      rate_limit: { enabled: true, requests_per_minute: 100, burst: 20, store: 'memory' },
    })
    expect(config.performance).toMatchObject({ query_timeout: 30_000, max_query_complexity: 1_000 })
    checkConfiguration(config)
  })

  it('is read from YAML, the environment above it', () => {
    const yaml = `
server:
  port: 6000
  allowed_origins: [https://a.example]
database:
  url: file:\${FOLDER}/app.sqlite
`
    const config = readConfiguration(yaml, {
      FOLDER: '/data',
      DBAL_SERVER_PORT: '7000',
      DBAL_SERVER_ALLOWED_ORIGINS: 'https://b.example, https://c.example',
      DBAL_SECURITY_RATE_LIMIT_ENABLED: 'false',
      DBAL_SECURITY_BOOTSTRAP_USERNAME: 'root',
      DBAL_SECURITY_BOOTSTRAP_PASSWORD: 'Correct-horse-9',
      DBAL_KILLS: '5',
      HOME: '/root',
    })
    expect(config.server).toMatchObject({
      port: 7_000,
      allowed_origins: ['https://b.example', 'https://c.example'],
    })
    expect(config.database.url).toBe('file:/data/app.sqlite')
    expect(config.security.rate_limit.enabled).toBe(false)
    expect(config.security.bootstrap).toEqual({ username: 'root', password: 'Correct-horse-9' })
  })

  it('has a variable for every key', () => {
    const variables = configKeys.map(({ variable }) => variable)
    expect(new Set(variables).size).toBe(variables.length)
    expect(variables).toEqual(
      expect.arrayContaining([
        'DBAL_SERVER_TLS_CERT_FILE',
        'DBAL_DATABASE_CONNECTION_PASSWORD',
        'DBAL_SECURITY_RATE_LIMIT_REQUESTS_PER_MINUTE',
        'DBAL_SECURITY_BOOTSTRAP_PASSWORD',
        'DBAL_LOGGING_SLOW_QUERY_THRESHOLD_MS',
        'DBAL_ACL_RULES_FILE',
      ]),
    )
  })

  it('is documented, key by key', async () => {
    const page = await readFile(new URL('../../docs/guide/daemon.md', import.meta.url), 'utf8')
    for (const { path } of configKeys) expect(page).toContain(`\`${path}\``)
    for (const [, path = ''] of page.matchAll(
      /`((?:server|database|schema|acl|security|logging|performance)\.[\w.]+)`/g,
    ))
      expect(configKeys.map((key) => key.path)).toContain(path)
  })

  it.each([
    ['an unknown key', 'server:\n  prot: 1', 'server.prot: is not known (line 2)'],
    ['an unknown section', 'sever: {}', 'sever: is not known (line 1)'],
    [
      'a text for a number',
      'server:\n\n  port: "x"',
      'server.port: must be number, received string (line 3)',
    ],
    ['a port out of range', 'server: { port: 70000 }', 'server.port: must be at most 65535 (line 1)'],
    [
      'a word that is none of those',
      'security: { sandbox: off }',
      /^security\.sandbox: .*strict.*permissive.*disabled/,
    ],
    [
      'an origin with a path',
      'server: { allowed_origins: ["https://a.example/"] }',
      /^server\.allowed_origins\.0: must be an origin/,
    ],
    [
      'a proxy by name',
      'server: { trusted_proxies: [proxy] }',
      /^server\.trusted_proxies\.0: must be an address/,
    ],
    [
      'half of the bootstrap',
      'security: { bootstrap: { username: root } }',
      'security.bootstrap.password: must be given (line 1)',
    ],
    [
      'encryption that may be talked out of',
      'database: { connection: { ssl_mode: prefer } }',
      /^database\.connection\.ssl_mode: must be one of/,
    ],
    ['a list', '[1]', 'must hold sections, as "server:"'],
    ['a section that is a text', 'server: yes', /^server: must be object/],
    ['a key that comes twice', 'server:\n  port: 1\n  port: 2', 'line 3: is not YAML (DUPLICATE_KEY)'],
    ['no YAML', 'server: [', /^line \d: is not YAML/],
    [
      'a variable that is not there',
      `database:\n  url: ${variable('NOWHERE')}`,
      'line 2: the environment has no NOWHERE',
    ],
    ['an alias', 'a: &x 1\nb: *x', 'an alias (*name) is not for configurations'],
    ['__proto__', '__proto__: { server: 1 }', '__proto__: is not known (line 1)'],
  ])('with %s is refused, naming the place', (_name, yaml, problem) => {
    expect(problems(yaml)).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)])
  })

  it.each([
    ['DBAL_SERVER_PORT', 'x', 'DBAL_SERVER_PORT: must be a number'],
    ['DBAL_SECURITY_AUDIT_LOG', 'yes', 'DBAL_SECURITY_AUDIT_LOG: must be true or false'],
  ])('with %s=%s in the environment is refused', (name, value, problem) => {
    expect(problems('', { [name]: value })).toEqual([problem])
  })

  it.each([
    ['DBAL_SERVER_PROT', 'DBAL_SERVER_PORT'],
    ['DBAL_SERVR_PORT', 'DBAL_SERVER_PORT'],
    ['DBAL_SREVER_PORT', 'DBAL_SERVER_PORT'],
    ['DBAL_SERVERS_PORT', 'DBAL_SERVER_PORT'],
    ['DBAL_DATABSE_URL', 'DBAL_DATABASE_URL'],
    ['DBAL_DB_URL', 'DBAL_DATABASE_URL'],
    ['DBAL_LOG_LEVEL', 'DBAL_LOGGING_LEVEL'],
    ['DBAL_SECURTY_RATE_LIMIT_BURTS', 'DBAL_SECURITY_RATE_LIMIT_BURST'],
    ['DBAL_RATE_LIMIT_ENABLED', 'DBAL_SECURITY_RATE_LIMIT_ENABLED'],
    ['DBAL_SERVER', 'DBAL_SERVER_HOST'],
  ])('with %s in the environment is refused, and %s named', (name, meant) => {
    expect(problems('', { [name]: '1' })).toEqual([
      `${name}: names no key of the configuration; the nearest that does is ${meant}`,
    ])
  })

  it.each([
    // Of the tests and the tools of this project.
    ...['DBAL_SEED', 'DBAL_LONG', 'DBAL_MYSQLD', 'DBAL_DAEMON_KILLS', 'DBAL_TEST_URL', 'DBAL_TEST_BACKENDS'],
    ...['DBAL_USERNAME', 'DBAL_PASSWORD', 'DBAL_HOST', 'DBAL_PRISMA_CLIENT', 'DBAL_PROPERTY_RUNS'],
    // What Kubernetes makes of a Service with the name `dbal`.
    ...['DBAL_SERVICE_HOST', 'DBAL_SERVICE_PORT', 'DBAL_SERVICE_PORT_SOCKET', 'DBAL_PORT'],
    ...[
      'DBAL_PORT_50051_TCP',
      'DBAL_PORT_50051_TCP_PROTO',
      'DBAL_PORT_50051_TCP_PORT',
      'DBAL_PORT_50051_TCP_ADDR',
    ],
  ])('is not what %s in the environment is about', (name) => {
    expect(problems('', { [name]: 'tcp://10.0.0.1:50051' })).toEqual([])
  })

  it('that is refused shows no secret', () => {
    const secret = 'hunter2-hunter2'
    const told = [
      ...problems(`database: { connection: { password: ${secret}, port: "${secret}" } }`),
      ...problems(`security: { bootstrap: { username: a, password: ${secret}, secret: ${secret} } }`),
      ...problems(`database: { connection: { port: "${variable('S')}", ssl_mode: "${variable('S')}" } }`, {
        S: secret,
      }),
      ...problems('', { DBAL_SERVER_PORT: secret }),
      ...checked(`security: { bootstrap: { username: a, password: ${secret} } }`),
    ]
    expect(told.length).toBeGreaterThanOrEqual(6)
    expect(told.join()).not.toContain('hunter2')
  })

  it.each([
    ['a network without TLS', 'server: { host: 0.0.0.0 }', /^server\.host: 0\.0\.0\.0 is reached by others/],
    [
      'TLS without its files',
      'server: { tls: { enabled: true, key_file: k } }',
      'server.tls.cert_file: must be given where TLS is enabled',
    ],
    ['a database of no kind', 'database: { url: "oracle:x" }', /^database\.url: must begin with/],
    [
      'two databases',
      'database: { url: "file:x", adapter: postgresql }',
      /^database\.adapter: is postgresql/,
    ],
    [
      'a weak password',
      'security: { bootstrap: { username: a, password: abc } }',
      /^security\.bootstrap\.password: /,
    ],
    [
      'a log file of no log',
      'security: { audit_log: false, audit_log_path: x }',
      /^security\.audit_log_path: /,
    ],
  ])('with %s does not start', (_name, yaml, problem) => {
    expect(checked(yaml)).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)])
  })

  it.each([
    'server: { host: 0.0.0.0, trusted_proxies: [10.0.0.0/8] }',
    'server: { host: 0.0.0.0, allow_insecure: true }',
    'server: { host: 0.0.0.0, tls: { enabled: true, cert_file: c, key_file: k } }',
    'server: { host: "::1" }',
  ])('%s starts', (yaml) => {
    expect(checked(yaml)).toEqual([])
  })
})
