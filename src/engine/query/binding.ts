/**
 * From a tree to a prepared statement: Kysely's compiler prints the tree, and the values it collects are markers that
 * say where each parameter comes from. The result is kept by shape; a call only binds.
 */

import type { QueryCompiler, RootOperationNode } from 'kysely'
import { createQueryId } from 'kysely'
import type { ColumnType, SqlValue, Statement } from '../../drivers/driver.ts'
import { levelOf, type Principal } from '../../protocol/principal.ts'
import type { RowFilterVariable } from '../../schema/row-filter.ts'

/** A parameter that the call supplies: the n-th of its encoded values. */
export class Slot {
  readonly index: number
  constructor(index: number) {
    this.index = index
  }
}

/** A parameter that depends on who calls, or when. */
export class Variable {
  readonly name: RowFilterVariable
  constructor(name: RowFilterVariable) {
    this.name = name
  }
}

/** Who calls, and the instant that counts as now for all of the call: ISO 8601 UTC with milliseconds. */
export interface Caller {
  readonly principal: Principal
  readonly now: string
}

export interface Compiled {
  readonly statement: Statement
  /** In the order of the statement's parameters. */
  readonly parameters: readonly (Slot | Variable | SqlValue)[]
}

/** A longer text takes the database a hundred kilobytes and more to keep prepared: it is prepared when it is run. */
const longestKept = 10_000

export function compileNode(
  node: RootOperationNode,
  columns: readonly ColumnType[],
  compiler: QueryCompiler,
  once = false,
): Compiled {
  const { sql, parameters } = compiler.compileQuery(node, createQueryId())
  return {
    statement: once || sql.length > longestKept ? { sql, columns, once: true } : { sql, columns },
    parameters: parameters as readonly (Slot | Variable | SqlValue)[],
  }
}

export function bind(compiled: Compiled, values: readonly SqlValue[], caller: Caller): SqlValue[] {
  return compiled.parameters.map((parameter) =>
    parameter instanceof Slot
      ? (values[parameter.index] as SqlValue)
      : parameter instanceof Variable
        ? variableValue(parameter.name, caller)
        : parameter,
  )
}

/** The value of a row filter's variable; null for what the caller does not have. */
export function variableValue(name: RowFilterVariable, caller: Caller): string | number | null {
  const { principal } = caller
  switch (name) {
    case 'user.id':
      return principal.userId
    case 'user.username':
      return principal.username
    case 'user.email':
      return principal.email
    case 'user.role':
      return principal.role
    case 'user.level':
      return levelOf(principal.role)
    case 'now':
      return caller.now
    default:
      return name satisfies never
  }
}
