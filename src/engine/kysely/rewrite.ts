/** What is known while one tree is rebuilt: who for, what was found, and the limits that it counts against. */

import { IdentifierNode, type OperationNode, ParensNode, TableNode, ValueNode } from 'kysely'
import { DBALError, invalid } from '../../protocol/error.ts'
import type { Limits } from '../../protocol/limits.ts'
import type { RuleOperation } from '../../protocol/operations.ts'
import type { EntityAccess } from '../access/access.ts'
import type { Policy } from '../access/policy.ts'
import type { Dialect } from '../dialect.ts'
import type { Model } from '../model.ts'
import { Slot } from '../query/binding.ts'
import { Complexity, type points } from '../query/complexity.ts'
import { and, inTime } from '../query/nodes.ts'
import type { ArgumentType } from './own-functions.ts'
import { shown, unsupported } from './tree.ts'

export interface RewriteOptions {
  readonly policy: Policy
  readonly model: Model
  readonly dialect: Dialect
  readonly limits: Limits
  /** How many values came beside the tree. */
  readonly params: number
}

/** A value that must be a whole number from 0: of LIMIT and OFFSET. */
export interface CountParam {
  readonly param: number
  readonly clause: string
}

/** What a query looks at in one entity. */
export interface EntityRead {
  /** How often it stands in a FROM. */
  sources: number
  /** A rule looks at its rows, on whatever field. */
  isRuled: boolean
  /** What the query and the rules for the entity itself name. */
  readonly fields: Set<string>
}

const mostSelects = 30
const deepestExpression = 200

export class Rewrite {
  readonly policy: Policy
  readonly model: Model
  readonly dialect: Dialect
  readonly counts: CountParam[] = []
  /** Values that are patterns of LIKE. */
  readonly patterns: number[] = []
  /** Values that the database gets as they are. */
  readonly scalars = new Set<number>()
  /** By name, those that rules look at included. */
  readonly reads = new Map<string, EntityRead>()
  /** Under `permissive`: something here would be denied. */
  wouldDeny = false
  /** An expression that can fail on what a row holds: tables under rules are then fenced. */
  raises: boolean
  /** How many values came beside the tree. */
  readonly params: number
  readonly #used = new Set<number>()
  #works = 0
  #names = 0
  #selects = 0
  #depth = 0
  readonly #complexity: Complexity

  constructor({ policy, model, dialect, limits, params }: RewriteOptions) {
    this.policy = policy
    this.model = model
    this.dialect = dialect
    this.raises = dialect.kysely.alwaysFences
    this.params = params
    this.#complexity = new Complexity(limits.maxComplexity)
  }

  /** A name that no caller's name can be: identifiers with `$` in this place are ours alone because all are ours. */
  name(letter: string): string {
    return `${letter}$${++this.#names}`
  }

  /** @throws DBALError VALIDATION_ERROR for no entity, FORBIDDEN for one that no rule opens to the role */
  access(entityName: string, operation: RuleOperation = 'read'): EntityAccess {
    const entity = this.model.entities.get(entityName)
    if (!entity) throw invalid('query', `${shown(entityName)} is no table of this query and no entity`)
    const access = this.policy.entity(entity)
    if (!access.guard(operation)) {
      throw new DBALError('FORBIDDEN', `No rule allows ${operation} on ${entity.name}`, {
        entity: entity.name,
        operation,
      })
    }
    if (this.policy.wouldDeny(entity, operation)) this.wouldDeny = true
    return access
  }

  /** @throws DBALError CAPABILITY_NOT_SUPPORTED for what this database has no like of */
  needs(part: string): void {
    if (!this.dialect.kysely.has(part)) throw unsupported(`${part} on ${this.dialect.name}`)
  }

  /** @throws DBALError CAPABILITY_NOT_SUPPORTED for what means something else with arguments of these types */
  needsFor(part: string, types: readonly ArgumentType[]): void {
    this.needs(part)
    const { name, kysely } = this.dialect
    if (kysely.takes?.(part, types) === false) throw unsupported(`${part} of such values on ${name}`)
  }

  /** Something that has rows, or that is worked out for a row and can take long. */
  noteWork(): void {
    this.#works++
  }

  /**
   * The condition, and before it that there is time left: a query over several tables, over one that is made of itself,
   * or that works something out for every row, can take for ever. That is known when the tree is complete; until then do
   * not ask.
   */
  inTime(columns: readonly OperationNode[], condition?: OperationNode): OperationNode | undefined {
    const clock = this.#works < 2 ? [] : columns.flatMap((column) => inTime(this.dialect, column))
    if (clock.length === 0) return condition
    return and([...clock, ...(condition ? [ParensNode.create(condition)] : [])])
  }

  /** The entity is looked at. */
  reading(entityName: string): EntityRead {
    const known = this.reads.get(entityName)
    if (known) return known
    const read: EntityRead = { sources: 0, isRuled: false, fields: new Set() }
    this.reads.set(entityName, read)
    return read
  }

  /** The n-th of the caller's values, as a parameter. @throws DBALError VALIDATION_ERROR */
  value(param: unknown): ValueNode {
    return ValueNode.create(this.bound(param))
  }

  /** A value that the database compares or computes with, and not one that is written into a field. */
  bound(param: unknown): Slot {
    const slot = this.slot(param)
    this.scalars.add(slot.index)
    return slot
  }

  slot(param: unknown): Slot {
    if (typeof param !== 'number' || !Number.isInteger(param) || param < 0 || param >= this.params)
      throw invalid('query.params', 'must hold every value that the tree names')
    this.#used.add(param)
    return new Slot(param)
  }

  /** @throws DBALError VALIDATION_ERROR for values that nothing in the tree names */
  finish(): void {
    if (this.#used.size < this.params)
      throw invalid('query.params', 'holds values that the tree does not name')
  }

  /** One query inside of another. */
  enterSelect<T>(work: () => T): T {
    if (++this.#selects > mostSelects * 4) throw invalid('query', 'has too many subqueries')
    return this.deeper(work, deepestExpression / mostSelects)
  }

  deeper<T>(work: () => T, by = 1): T {
    this.#depth += by
    if (this.#depth > deepestExpression) throw invalid('query', 'is nested too deep')
    const result = work()
    this.#depth -= by
    return result
  }

  /** Counts towards the limit of a query's complexity. @throws DBALError VALIDATION_ERROR */
  cost(kind: keyof typeof points): void {
    this.#complexity.add(kind, 'query')
  }
}

export function tableNamed(name: string): TableNode {
  return TableNode.create(name)
}

export const named = (name: string): IdentifierNode => IdentifierNode.create(name)

export type Built = OperationNode
