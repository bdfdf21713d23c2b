/**
 * Conditions on a place inside a json column. The value that the caller gives decides the type that is compared: a string
 * meets strings only, so that "1" is not 1 and 1 is not true. A place that is missing, or null, is unknown, like a null
 * column; a value of another type is different from every value of this one.
 */

import { CaseNode, CastNode, DataTypeNode, type OperationNode, ValueListNode, WhenNode } from 'kysely'
import type { SqlValue } from '../../drivers/driver.ts'
import { invalid } from '../../protocol/error.ts'
import { readJson } from '../values/json.ts'
import { Refusal } from '../values/refusal.ts'
import { membership } from './membership.ts'
import { and, call, compare, isNotNull, isNull, literal } from './nodes.ts'
import {
  type Comparison,
  comparisons,
  type FilterOperator,
  type OperatorContext,
  readFlag,
  readPattern,
  requireList,
  requirePair,
} from './operators.ts'
import type { Build } from './shape.ts'
import type { JsonSubject } from './subject.ts'
import { matchText, type TextOperator } from './text-match.ts'

/** What json_type() says of the values that one kind of operand is compared with. */
const typeNames = {
  text: ['text'],
  number: ['integer', 'real'],
  boolean: ['true', 'false'],
  structure: ['array', 'object'],
} as const

type Kind = keyof typeof typeNames

interface Operand {
  readonly kind: Kind
  readonly value: SqlValue
}

/** `path` names the operator: `filter.props.size.gt`. */
export function applyJsonOperator(
  context: OperatorContext,
  subject: JsonSubject,
  operator: FilterOperator,
  value: unknown,
  path: string,
): Build {
  return new JsonMatch(context, subject, path).apply(operator, value)
}

class JsonMatch {
  readonly #context: OperatorContext
  readonly #subject: JsonSubject
  readonly #issuePath: string
  readonly #place: Build

  constructor(context: OperatorContext, subject: JsonSubject, issuePath: string) {
    this.#context = context
    this.#subject = subject
    this.#issuePath = issuePath
    context.shape.key += subject.key
    this.#place = context.shape.slot(subject.path)
  }

  apply(operator: FilterOperator, value: unknown): Build {
    switch (operator) {
      case 'isNull':
        return this.#isNull(readFlag(value, this.#issuePath))
      case 'in':
      case 'notIn':
        return this.#membership(operator === 'notIn', value)
      case 'between':
        return this.#between(value)
      case 'like':
      case 'ilike':
      case 'contains':
      case 'startsWith':
      case 'endsWith':
        return this.#text(operator, value)
      default:
        if (value === null && (operator === 'eq' || operator === 'ne')) return this.#isNull(operator === 'eq')
        return this.#compare(operator, value)
    }
  }

  #isNull(wanted: boolean): Build {
    this.#context.shape.key += wanted ? 'n' : 'x'
    return this.#sound(() => (wanted ? isNull : isNotNull)(this.#extracted()))
  }

  #membership(negated: boolean, value: unknown): Build {
    const operands = readOperands(this.#context, value, this.#issuePath)
    const kind = operands[0]?.kind
    const values = operands.map((operand) => operand.value)
    const test = membership(
      this.#context,
      { type: kind === 'number' ? 'number' : 'text', node: () => this.#extracted(kind) },
      negated,
      values,
    )
    // Nothing is in no list, whatever its type.
    return kind ? this.#typed(kind, test, negated) : this.#sound(test)
  }

  #between(value: unknown): Build {
    const { shape } = this.#context
    requirePair(value, this.#issuePath)
    const [from, to] = readOperands(this.#context, value, this.#issuePath) as [Operand, Operand]
    requireOrder(from, this.#issuePath)
    shape.key += 'b'
    const [low, high] = [shape.slot(from.value), shape.slot(to.value)]
    const within = () => {
      const place = this.#extracted(from.kind)
      return and([compare(place, '>=', low()), compare(place, '<=', high())])
    }
    return this.#typed(from.kind, within, false)
  }

  #text(operator: TextOperator, value: unknown): Build {
    const subject = {
      node: () => this.#extracted(),
      folded: false,
      dialect: this.#context.dialect,
      ranged: true,
    }
    const test = matchText(
      subject,
      operator,
      readPattern(value, this.#issuePath, this.#context.shape),
      this.#context.shape,
    )
    return this.#typed('text', test, false)
  }

  #compare(operator: Comparison, value: unknown): Build {
    const { shape } = this.#context
    const { kind, value: operand } = readOperand(this.#context, value, this.#issuePath)
    if (operator !== 'eq' && operator !== 'ne') requireOrder({ kind }, this.#issuePath)
    const sign = comparisons[operator]
    shape.key += sign
    const slot = shape.slot(operand)
    return this.#typed(kind, () => compare(this.#extracted(kind), sign, slot()), operator === 'ne')
  }

  #extracted(kind?: Kind): OperationNode {
    const node = call('json_extract', this.#subject.column(), this.#place())
    // Numbers of JSON are doubles in JavaScript; SQLite would read those without a point as integers of 64 bits.
    return kind === 'number' ? CastNode.create(node, DataTypeNode.create('real')) : node
  }

  /** The test where the type is that of the operand, `otherwise` for other values, unknown where there is none. */
  #typed(kind: Kind, test: Build, otherwise: boolean): Build {
    this.#context.shape.key += `:${kind}`
    return this.#sound(() => {
      const type = call('json_type', this.#subject.column(), this.#place())
      const names = ValueListNode.create(typeNames[kind].map((name) => literal(name)))
      return cases([
        [compare(type, 'in', names), test()],
        [isNotNull(this.#extracted()), literal(otherwise)],
      ])
    })
  }

  /** Text that is no JSON (foreign files have it) would raise an error, which could tell of rows that are not visible. */
  #sound(test: Build): Build {
    return () => {
      const valid = call('coalesce', call('json_valid', this.#subject.column()), literal(1))
      return cases([[compare(valid, '=', literal(1)), test()]])
    }
  }
}

function cases(
  branches: readonly (readonly [condition: OperationNode, result: OperationNode])[],
): OperationNode {
  return branches.reduce(
    (node, [condition, result]) =>
      CaseNode.cloneWithWhen(node, WhenNode.cloneWithResult(WhenNode.create(condition), result)),
    CaseNode.create(),
  )
}

function readOperands(context: OperatorContext, value: unknown, path: string): Operand[] {
  requireList(value, context.maxListItems, path)
  const operands = Array.from(value, (item, at) => readOperand(context, item, `${path}[${at}]`))
  const other = operands.findIndex((operand) => operand.kind !== operands[0]?.kind)
  if (other >= 0) throw invalid(`${path}[${other}]`, 'must have the type of the items before it')
  return operands
}

function readOperand({ maxValueBytes }: OperatorContext, value: unknown, path: string): Operand {
  if (value === undefined) throw invalid(path, 'is undefined; leave the condition out or use null')
  if (value === null) throw invalid(path, 'must not be null here; use isNull')
  const read = readJson(value, maxValueBytes)
  if (read instanceof Refusal) throw invalid(path + read.at, read.message)
  if (typeof read === 'string') return { kind: 'text', value: read }
  if (typeof read === 'number') return { kind: 'number', value: read }
  if (typeof read === 'boolean') return { kind: 'boolean', value: read ? 1 : 0 }
  return { kind: 'structure', value: JSON.stringify(read) }
}

function requireOrder({ kind }: Pick<Operand, 'kind'>, path: string): void {
  if (kind === 'structure' || kind === 'boolean')
    throw invalid(path, 'compares by order, which takes a string or a number')
}
