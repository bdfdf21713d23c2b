/**
 * A call taken apart: its shape, which names the statement, and its values, which the statement binds. Parsers fill one
 * in a single walk; what they return builds nodes only when the shape is new.
 */

import type { OperationNode } from 'kysely'
import type { SqlValue } from '../../drivers/driver.ts'
import { slotNode } from './nodes.ts'

/** Makes its part of the tree; called only for a shape that is not in the cache. */
export type Build = () => OperationNode

export class Shape {
  /** Tokens that cannot run into each other: equal keys mean equal statements. */
  key: string
  readonly values: SqlValue[] = []
  /** Code points of all text patterns together, which `readPattern` bounds. */
  patternLength = 0

  constructor(key: string) {
    this.key = key
  }

  /** Keeps an encoded value and says where it will be bound. */
  slot(value: SqlValue): Build {
    const index = this.values.length
    this.values.push(value)
    return () => slotNode(index)
  }
}
