/** Where a live result comes from, and what it knows about rows in hand. */

import type { PackedRows, Row } from '../../protocol/rows.ts'
import type { Caller } from '../query/binding.ts'
import type { Equality, Truth } from '../query/filter-js.ts'
import type { SortKey } from '../query/sort.ts'
import type { Work } from '../work.ts'

export interface Result {
  readonly rows: PackedRows
  /** Nothing that matches is behind the last row. */
  readonly isWhole: boolean
  /** Most rows that it can have. */
  readonly limit: number
}

export interface Source {
  run(caller: Caller): Work<Result>
  /** Entities whose changes make it necessary to run again, whatever row they are about; null for every entity. */
  readonly watches: ReadonlySet<string> | null
  /** Of entities that are looked at: fields without which a change of a row changes nothing. All count where none are named. */
  readonly fields?: ReadonlyMap<string, ReadonlySet<string>>
  /** The fields that make up a row's id, all among those of the result; none where rows have no key. */
  readonly key: readonly string[]
  /** Fields of the result that serve its order alone and are sent to nobody. */
  readonly unsent: ReadonlySet<string>
  /** Null where rows in hand tell nothing. */
  readonly rows: RowSource | null
}

/** A result whose rows are rows of one entity. */
export interface RowSource {
  readonly entity: string
  /** Whether a row is one of the result; undefined where only the database can say. */
  verdict(row: Row, caller: Caller): Truth
  /** False where changes can only tell that the query must run again: verdicts do not say all, or rows shift by number. */
  readonly isKept: boolean
  readonly keys: readonly SortKey[]
  /** Fields of type json: in hand they may be shared with who wrote them. */
  readonly json: ReadonlySet<string>
  /** A field that has one of a few values in every row of the result. */
  readonly equality: Equality | null
}
