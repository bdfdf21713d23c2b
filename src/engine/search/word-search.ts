/** What a database with an index of words of its own (not SQLite's FTS5) brings to a search. */

import type { OperationNode } from 'kysely'
import type { SchemaData } from '../../schema/schema.ts'
import type { FieldModel } from '../model.ts'
import type { Work } from '../work.ts'
import type { Term } from './search-text.ts'

/** Words next to each other, as they are compared. */
export type Phrase = Pick<Term, 'folded' | 'isPrefix'>

export interface WordSearch {
  /** Makes the indexes that a schema asks for and takes away others. Must run inside of a transaction. */
  follow(schema: SchemaData): Work<void>
  /** What stands in FROM beside the entity, and by which `holds` tells. */
  source(fields: readonly FieldModel[]): OperationNode
  /** Of rows that may have all phrases in their search fields, by the index; `holds` says which do. */
  candidates(indexed: readonly string[], query: OperationNode): OperationNode
  /** The value of a query for `candidates`. */
  query(phrases: readonly Phrase[]): string
  /** Whether the field in this place of the source's has a phrase; never unknown. */
  holds(place: number, pattern: OperationNode): OperationNode
  /** The value of a pattern for `holds`. */
  pattern(phrase: Phrase): string
}
