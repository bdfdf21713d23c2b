/** Defaults of every limit; all can be changed by the host's configuration. Sizes in bytes, times in milliseconds. */
export const defaultLimits = {
  queryTimeoutMs: 30_000,
  slowQueryMs: 100,
  /** Longest string or json value that a field without its own `max` takes, in UTF-8 bytes. */
  maxValueBytes: 1_048_576,
  /** Most requests in one frame, and most calls in one batch. */
  maxFrameRequests: 10_000,
  /** Most rows in one createMany. */
  maxManyRows: 100_000,
  /** Live queries that one caller has open. */
  maxLiveQueries: 1_000,
  /** Rows that the live queries of one caller show, all together. */
  maxLiveRows: 100_000,
  /** Time that the live queries of one caller may take after one commit. */
  liveTimeoutMs: 5_000,
  /** Transactions that one caller has open or waits for. */
  maxTransactions: 100,
  /** Most that a transaction may ask for: time without a call, time in all. */
  maxTransactionIdleMs: 60_000,
  maxTransactionMs: 300_000,
  /** Time of each minute for which one user's transactions may keep others waiting; 60,000 is no limit. */
  transactionMsPerMinute: 60_000,
  /** Conditions in one filter, and their nesting. */
  maxFilterNodes: 1_000,
  maxFilterDepth: 32,
  /** Points of one query; docs/reference/limits.md says what counts how much. */
  maxComplexity: 1_000,
  /** Rows that one statement reads: of a query's result, or to be written by an update or delete. */
  maxResultRows: 100_000,
  /** Values that one statement reads: texts, json and bytes by their length, everything else as 8. */
  maxResultBytes: 67_108_864,
  listLimit: 20,
  listMaximum: 100,
  /** Least time between two sweeps of expired rows, and most rows that one transaction of a sweep removes. */
  ttlSweepMs: 60_000,
  ttlSweepRows: 100,
  /** Statements kept prepared. */
  statementCache: 500,
  signInAttempts: 5,
  signInWindowMs: 300_000,
  accessTokenMs: 86_400_000,
  refreshTokenMs: 604_800_000,
  resetTokenMs: 3_600_000,
} as const

export type Limits = { readonly [Name in keyof typeof defaultLimits]: number }
