import { expect, it } from 'vitest'
import { toDriverError as mysqlError } from '../src/drivers/mysql/codes.ts'
import { toDriverError as postgresError } from '../src/drivers/postgres/codes.ts'
import { toDriverError as prismaError } from '../src/drivers/prisma/failure.ts'
import { createLog } from './log.ts'

function written(format: 'json' | 'pretty', run: (log: ReturnType<typeof createLog>) => void): string {
  let text = ''
  run(createLog({ level: 'trace', format, slow_query_threshold_ms: 1 }, { write: (line) => (text += line) }))
  return text
}

/** As the packages make them. */
const ofPostgres = Object.assign(new Error('invalid input syntax for type uuid: "zebra"'), {
  severity: 'ERROR',
  code: '22P02',
  detail: 'Key (email)=(zebra@example.com) already exists.',
  where: "unnamed portal parameter $1 = 'zebra'",
})
const ofMysql = Object.assign(new Error("Duplicate entry 'zebra' crossing' for key 'User.email'"), {
  code: 'ER_DUP_ENTRY',
  errno: 1062,
  sqlState: '23000',
  sqlMessage: "Duplicate entry 'zebra' for key 'User.email'",
  sql: "insert into User values ('zebra')",
})

const ofPrisma = Object.assign(
  new Error(
    'Raw query failed. Code: `23505`. Message: `Key (email, name)=(zebra@example.com, zebra)) already exists.`',
  ),
  { code: 'P2010', clientVersion: '7.0.0', meta: { code: '23505', message: 'zebra' } },
)

it.each([
  ['PostgreSQL', ofPostgres, postgresError],
  ['MariaDB', ofMysql, mysqlError],
  ['Prisma', ofPrisma, prismaError],
])('tells no value of an error that came through the driver of %s', (_name, error, toDriverError) => {
  const text = written('json', (log) => log.error({ err: toDriverError(error, false) }, 'incident'))
  expect(text).toContain('DriverError')
  expect(text).not.toContain('zebra')
})

it.each([
  ['PostgreSQL', ofPostgres, '22P02'],
  ['MariaDB', ofMysql, 'ER_DUP_ENTRY'],
])('tells of an error of %s what went wrong, and no value', (_name, error, code) => {
  for (const format of ['json', 'pretty'] as const) {
    const text = written(format, (log) => {
      log.error({ err: new Error('the driver says no', { cause: error }), incident: 'i1' }, 'incident')
    })
    expect(text).toContain(code)
    expect(text).toContain('the driver says no')
    expect(text).toContain('log.test.ts')
    expect(text).not.toContain('zebra')
  }
})

it('keeps secrets out wherever they are put by mistake', () => {
  const text = written('json', (log) => {
    log.info({ password: 'zebra', auth: { token: 'zebra', refreshToken: 'zebra' } }, 'oops')
  })
  expect(text).toContain('(secret)')
  expect(text).not.toContain('zebra')
})

it('for people has a line an event, whatever is in it', () => {
  const text = written('pretty', (log) => log.warn({ address: 'a\nERROR forged' }, 'handshake refused'))
  expect(text.trimEnd().split('\n')).toHaveLength(1)
})
