/** How the database will go about a statement, and how a call has gone. */

/** A step of the plan, in the database's own words: `SEARCH t USING INDEX User.role.index (role=?)`. */
export interface PlanNode {
  readonly detail: string
  readonly children: readonly PlanNode[]
}

/** One statement of a call. */
export interface ExplainedStatement {
  readonly plan: readonly PlanNode[]
  /** Time that the statement itself took, milliseconds. */
  readonly durationMs: number
  /** Rows that it gave to the engine. */
  readonly rows: number
}

/** A read that was carried out as the caller, with every statement that it took. Its result is not part of it. */
export interface Explained {
  readonly statements: readonly ExplainedStatement[]
}
