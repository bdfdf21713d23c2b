import { defaultLimits, type Limits } from '../../src/protocol/limits.ts'
import { code, table } from './table.ts'

const texts: { readonly [Name in keyof Limits]: readonly [unit: string, meaning: string, beyond: string] } = {
  queryTimeoutMs: [
    'ms',
    'time of one call in the database; the client’s option `timeout` sets it',
    'the statement is stopped, TIMEOUT',
  ],
  slowQueryMs: ['ms', 'a frame that takes longer in the database is told', 'event `slowQuery`'],
  maxValueBytes: [
    'bytes',
    'a string, json or bytes value of a field without a `max` of its own',
    'VALIDATION_ERROR',
  ],
  maxFrameRequests: [
    'requests',
    'calls under way from one client, and calls in one batch',
    'further calls wait in the page; a batch is a VALIDATION_ERROR',
  ],
  maxManyRows: ['rows', 'rows in one `createMany`, items in one `in` or `notIn`', 'VALIDATION_ERROR'],
  maxLiveQueries: ['queries', 'live queries that one client has open', 'VALIDATION_ERROR'],
  maxLiveRows: [
    'rows',
    'rows that the live queries of one client show, all together',
    'VALIDATION_ERROR to the one that is opened or grows',
  ],
  liveTimeoutMs: [
    'ms',
    'time that the live queries of one client take after one commit, where they run again',
    'the one that runs ends with TIMEOUT; each of the others has 10 ms yet',
  ],
  maxTransactions: ['transactions', 'open or waiting for their turn from one client', 'VALIDATION_ERROR'],
  maxTransactionIdleMs: ['ms', 'most that the `idleTimeout` of a transaction may be', 'VALIDATION_ERROR'],
  maxTransactionMs: ['ms', 'most that the `timeout` of a transaction may be', 'VALIDATION_ERROR'],
  transactionMsPerMinute: [
    'ms',
    'time of each minute for which one user’s transactions may keep others waiting; a whole minute is no limit, a daemon has 20,000',
    'RATE_LIMIT_EXCEEDED with `retryAfter`',
  ],
  maxFilterNodes: ['conditions', 'conditions in one filter', 'VALIDATION_ERROR'],
  maxFilterDepth: ['levels', 'nesting of one filter', 'VALIDATION_ERROR'],
  maxComplexity: [
    'points',
    'one query: 100 for each table or relation after the first, 10 for each field of an aggregate, 1 for each condition and each word of a search, 1 for each row of the limit (of the limit of a list or a search not more than `listMaximum`)',
    'VALIDATION_ERROR',
  ],
  maxResultRows: [
    'rows',
    'rows that one statement reads: those of a result, and those that a Kysely update or delete writes',
    'VALIDATION_ERROR; the statement is stopped there',
  ],
  maxResultBytes: [
    'bytes',
    'values that one statement reads; a text, json or bytes value counts its length, any other 8',
    'VALIDATION_ERROR; the statement is stopped there',
  ],
  listLimit: [
    'rows',
    'rows of a list without `limit`, for entities whose `limits.list` does not say otherwise',
    '',
  ],
  listMaximum: [
    'rows',
    'most that `limit` may be, for entities whose `limits.maximum` does not say otherwise',
    'VALIDATION_ERROR, never a silent cut',
  ],
  ttlSweepMs: ['ms', 'least time between two sweeps of expired rows', 'the next sweep waits'],
  ttlSweepRows: [
    'rows',
    'expired rows that one transaction of a sweep removes',
    'the rest goes in the next one',
  ],
  statementCache: ['statements', 'statements kept prepared', 'the least used is dropped'],
  signInAttempts: [
    'failures',
    'failed sign-ins for one name in the window',
    'RATE_LIMIT_EXCEEDED with `retryAfter`',
  ],
  signInWindowMs: ['ms', 'length of that window', ''],
  accessTokenMs: ['ms', 'life of an access token', 'UNAUTHORIZED until `auth.refresh` or `auth.login`'],
  refreshTokenMs: ['ms', 'life of a refresh token; each use gives a new one', 'UNAUTHORIZED'],
  resetTokenMs: ['ms', 'life of a token that sets a new password', 'UNAUTHORIZED'],
}

export function limitsPart(): string {
  return table(
    ['name', 'default', 'of what', 'beyond it'],
    Object.entries(defaultLimits).map(([name, value]) => {
      const [unit, meaning, beyond] = texts[name as keyof Limits]
      return [code(name), `${value.toLocaleString('en')} ${unit}`, meaning, beyond]
    }),
  )
}
