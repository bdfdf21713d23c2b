/**
 * `sql`: a text of a supergod's own. No rule looks at it, so it is there only where rules are not in force and the host
 * says so; it reads and cannot write, because a write that is told in no image would be in no audit log and no live query.
 */

import type { ResultSet, SqlValue, Statement } from '../../drivers/driver.ts'
import { DriverError } from '../../drivers/driver.ts'
import { DBALError, invalid } from '../../protocol/error.ts'
import { databaseOperations } from '../../protocol/operations.ts'
import { maxSqlLength, type SqlPlan, type SqlResult } from '../../protocol/sql.ts'
import type { Outcome } from '../call.ts'
import { planPrefix, planTree } from '../explain/plan-tree.ts'
import type { QuickOperation, Tools } from '../operations/operation.ts'
import { ask, askWithin, type Work } from '../work.ts'
import { reachable, refuseOtherTables } from './guard.ts'
import { type ScannedSql, scanSql } from './scan.ts'

/** Most of a text that one entry of the audit log keeps. */
const recordedLength = 10_000

/** @param isOn whether the host allows it, and the driver can hold a text to what it may touch */
export function sqlOperation(isOn: boolean): QuickOperation {
  return {
    spec: databaseOperations['sql'],
    arity: [1, 3],
    *run({ params, caller }, tools) {
      if (!isOn) {
        throw new DBALError('CAPABILITY_NOT_SUPPORTED', 'SQL text is not taken here', {
          capability: 'rawSql',
        })
      }
      if (caller.principal.role !== 'supergod')
        throw new DBALError('FORBIDDEN', 'SQL text is for supergod', { operation: 'sql' })
      const asked = readCall(params, tools)
      const { explain, scanned } = asked
      const result = yield* execute(asked, tools)
      const names = result.names ?? []
      const answer: SqlResult | SqlPlan = explain
        ? { plan: planTree(result) }
        : { rows: { fields: told(names), values: result.values } }
      return recorded(answer, scanned, explain, names.length === 0 ? 0 : result.values.length / names.length)
    },
  }
}

function recorded(result: unknown, { redacted }: ScannedSql, explain: boolean, rows: number): Outcome {
  const whole = explain ? planPrefix + redacted : redacted
  const text = whole.length > recordedLength ? `${whole.slice(0, recordedLength)}…` : whole
  return {
    result,
    changes: [],
    attempt: { success: true, rowIds: [], text: { rows, text } },
    // Rows of anybody: they are not kept for the case that the reply is lost.
    holdsSecrets: true,
  }
}

interface SqlCall {
  readonly text: string
  readonly values: readonly SqlValue[]
  readonly explain: boolean
  readonly scanned: ScannedSql
}

function readCall([text, given, options]: readonly unknown[], { limits }: Tools): SqlCall {
  if (typeof text !== 'string') throw invalid('sql', 'must be a text')
  if (text.length > maxSqlLength) throw invalid('sql', `is longer than ${maxSqlLength} characters`)
  // SQLite stops reading there; what comes behind would stand in the log and not have been run.
  if (text.includes('\0')) throw invalid('sql', 'holds a NUL character')
  const scanned = scanSql(text)
  const values = readValues(given ?? [], limits.maxValueBytes)
  if (values.length !== scanned.parameters)
    throw invalid('parameters', `must be ${scanned.parameters} values, not ${values.length}`)
  return { text, values, explain: readExplain(options), scanned }
}

function readValues(given: unknown, maxBytes: number): readonly SqlValue[] {
  if (!Array.isArray(given)) throw invalid('parameters', 'must be a list')
  return Array.from({ length: given.length }, (_, at): SqlValue => {
    const value: unknown = given[at]
    const path = `parameters[${at}]`
    switch (typeof value) {
      case 'boolean':
        return value ? 1 : 0
      case 'number':
        if (Number.isNaN(value)) throw invalid(path, 'is not a number')
        return value
      case 'bigint':
        if (BigInt.asIntN(64, value) !== value) throw invalid(path, 'needs more than 64 bits')
        return value
      case 'string':
        if (value.length > maxBytes) throw invalid(path, `is longer than ${maxBytes} bytes`)
        return value
      default:
        if (value !== null && !(value instanceof Uint8Array))
          throw invalid(path, 'must be a text, a number, a boolean, bytes or null')
        if (value && value.byteLength > maxBytes) throw invalid(path, `is longer than ${maxBytes} bytes`)
        return value
    }
  })
}

function readExplain(options: unknown): boolean {
  if (options === undefined || options === null) return false
  if (typeof options !== 'object' || Array.isArray(options)) throw invalid('options', 'must be an object')
  const { explain = false, ...more } = options as Record<string, unknown>
  const [unknown] = Object.keys(more)
  if (unknown !== undefined) throw invalid(`options.${unknown}`, 'is not an option of sql')
  if (typeof explain !== 'boolean') throw invalid('options.explain', 'must be true or false')
  return explain
}

function* execute({ text, values, explain, scanned }: SqlCall, tools: Tools): Work<ResultSet> {
  const { guard, roots } = yield* reachable(tools.model)
  const statement = (sql: string): Statement => ({ sql, columns: [], once: true, guard })
  try {
    if (explain) return yield* ask(statement(planPrefix + text), values)
    // An explanation of its own is not run and opens nothing.
    if (!/^explain\b/i.test(scanned.redacted)) {
      refuseOtherTables(yield* ask(statement(`explain ${text}`), values), roots)
    }
    return yield* askWithin(tools.limits, statement(text), values)
  } catch (error) {
    throw error instanceof DriverError ? refusal(error) : error
  }
}

/** Who wrote the text may hear what SQLite cannot read in it: it is about the text. What a run stumbles on is about rows. */
function refusal(error: DriverError): unknown {
  switch (error.kind) {
    case 'denied':
      return new DBALError('FORBIDDEN', error.message, { operation: 'sql' })
    case 'syntax':
      return invalid('sql', error.message)
    case 'other':
    case 'type':
    case 'tooBig':
      return invalid('sql', 'cannot be carried out; check the types and the arguments that it works with')
    default:
      return error
  }
}

/** As SQLite itself tells two columns of one name apart. */
function told(names: readonly string[]): readonly string[] {
  const seen = new Set<string>()
  return names.map((name) => {
    // As a key of the row's object it would be something else.
    if (name === '__proto__') throw invalid('sql', 'has a column with the name __proto__; call it otherwise')
    let own = name
    for (let at = 1; seen.has(own); at++) own = `${name}:${at}`
    seen.add(own)
    return own
  })
}
