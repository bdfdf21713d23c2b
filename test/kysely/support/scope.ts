/** What names a random query may use, and the query itself in both its forms. */

import {
  DummyDriver,
  Kysely,
  OperationNodeTransformer,
  type RootOperationNode,
  type SchemableIdentifierNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { Kind } from './world.ts'

// biome-ignore lint/suspicious/noExplicitAny: random queries are over names that no type knows
export type Any = any

/** Builds and compiles, and executes nothing. */
export const builder: Kysely<Any> = new Kysely({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})

export interface Column {
  readonly name: string
  readonly kind: Kind
}

/** A column of a result. */
export interface Output extends Column {
  /** What an ORDER BY of the same query calls it; its name when absent. */
  readonly as?: string
}

export interface Source {
  readonly alias: string
  readonly columns: readonly Column[]
  /** Set where it is a table: what it has but the caller may not name. */
  readonly forbidden?: readonly string[]
}

export interface Scope {
  /** Of this query and of those around it, without those whose alias is taken again. */
  readonly sources: readonly Source[]
  readonly ctes: readonly Cte[]
  /** Names of CTEs that are in scope but cannot be read here: in WITH RECURSIVE a body's own and those of its neighbours. */
  readonly taken: readonly string[]
  readonly depth: number
}

export interface Cte {
  readonly name: string
  readonly columns: readonly Column[]
}

export interface Selected {
  readonly query: Any
  readonly columns: readonly Output[]
  /** Ordered by all its columns, so that the order of its rows says nothing by chance. */
  readonly ordered: boolean
}

/**
 * Random queries name tables as `main.Person`: where a CTE has the name of a table, SQLite then finds the table that
 * standard SQL would. What the product gets is the plain name.
 */
class WithoutSchema extends OperationNodeTransformer {
  protected override transformSchemableIdentifier(node: SchemableIdentifierNode): SchemableIdentifierNode {
    const { schema, ...rest } = super.transformSchemableIdentifier(node)
    return rest
  }
}

const withoutSchema = new WithoutSchema()

export const treeOf = (query: Any): RootOperationNode => withoutSchema.transformNode(query.toOperationNode())
