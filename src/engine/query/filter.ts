/**
 * A filter object to a condition. One walk reads names, checks operators and values, and gathers the shape and what is to
 * be bound; the condition's nodes are built afterwards, and only for a shape that is not known yet.
 *
 *     { role: 'admin', createdAt: { gte: '2026-01-01' }, or: [{ 'props.size': { gt: 3 } }, { page: { level: 1 } }] }
 */

import { invalid } from '../../protocol/error.ts'
import { forbiddenNames, isPlainObject, quoteName } from '../values/plain-object.ts'
import type { Complexity } from './complexity.ts'
import { applyJsonOperator } from './json-match.ts'
import { and, not, or } from './nodes.ts'
import { applyOperator, type FilterOperator, filterOperators, type OperatorContext } from './operators.ts'
import { relationTest } from './relation-filter.ts'
import type { Build } from './shape.ts'
import type { JsonSubject, RelationSubject, Subject } from './subject.ts'

export interface FilterContext extends OperatorContext {
  readonly maxNodes: number
  readonly maxDepth: number
  readonly complexity: Complexity
  /** What a name in the filter means. Throws for one that means nothing, or that the caller may not ask about. */
  resolve(name: string, path: string): AnySubject
}

/**
 * @param path where the filter stands in the request: `filter`, `having`
 * @returns undefined for a filter without a single condition, however it is dressed
 * @throws DBALError VALIDATION_ERROR, and whatever `resolve` throws
 */
export function parseFilter(context: FilterContext, filter: unknown, path: string): Build | undefined {
  if (filter === undefined || filter === null) return undefined
  return new FilterParser(context, { nodes: 0 }).object(filter, path, 1)
}

type AnySubject = Subject | JsonSubject | RelationSubject

class FilterParser {
  readonly #context: FilterContext
  /** Of the filter and of those over relations inside of it. */
  readonly #counted: { nodes: number }

  constructor(context: FilterContext, counted: { nodes: number }) {
    this.#context = context
    this.#counted = counted
  }

  /** All conditions of an object must hold. */
  object(filter: unknown, path: string, depth: number): Build | undefined {
    if (!isPlainObject(filter)) throw invalid(path, 'must be an object of conditions')
    if (depth > this.#context.maxDepth)
      throw invalid(path, `is nested more than ${this.#context.maxDepth} deep`)
    const { shape } = this.#context
    const terms: Build[] = []
    shape.key += '('
    for (const name of Object.keys(filter)) {
      const term = this.#entry(name, filter[name], `${path}.${shorten(name)}`, depth)
      if (term) terms.push(term)
    }
    shape.key += ')'
    return all(terms)
  }

  #entry(name: string, value: unknown, path: string, depth: number): Build | undefined {
    if (value === undefined) throw invalid(path, 'is undefined; leave the condition out or use null')
    switch (name) {
      case 'and':
        return all(this.#list('&', value, path, depth).filter((term) => term !== undefined))
      case 'or':
        return this.#anyOf(value, path, depth)
      case 'not':
        return this.#not(value, path, depth)
      default:
        if (forbiddenNames.has(name)) throw invalid(path, 'is never the name of a field')
        return this.#about(this.#context.resolve(name, path), value, path, depth)
    }
  }

  #about(subject: AnySubject, value: unknown, path: string, depth: number): Build | undefined {
    if (subject.kind !== 'relation') return this.#tests(subject, value, path)
    const { complexity, shape } = this.#context
    this.#count(path)
    complexity.add('relation', path)
    const names = { resolve: (name: string, at: string) => subject.names.subject(name, at) }
    const inner = new FilterParser({ ...this.#context, ...names }, this.#counted)
    const filterOf = (filter: unknown, at: string) => inner.object(filter, at, depth + 1)
    return relationTest(subject, value, path, {
      shape,
      dialect: this.#context.dialect,
      filterOf,
    })
  }

  #list(token: string, value: unknown, path: string, depth: number): (Build | undefined)[] {
    if (!Array.isArray(value)) throw invalid(path, 'must be a list of filters')
    this.#count(path)
    this.#context.shape.key += token
    return Array.from(value, (item, at) => {
      this.#count(`${path}[${at}]`)
      return this.object(item, `${path}[${at}]`, depth + 1)
    })
  }

  #anyOf(value: unknown, path: string, depth: number): Build | undefined {
    const terms = this.#list('|', value, path, depth)
    const given = terms.filter((term) => term !== undefined)
    const empty = terms.indexOf(undefined)
    if (given.length > 0 && empty >= 0) {
      throw invalid(`${path}[${empty}]`, 'is empty and would match every row; leave it out')
    }
    if (given.length < 2) return given[0]
    return () => or(given.map((term) => term()))
  }

  #not(value: unknown, path: string, depth: number): Build | undefined {
    this.#count(path)
    this.#context.shape.key += '!'
    const term = this.object(value, path, depth + 1)
    return term && (() => not(term()))
  }

  /** `'admin'`, `null`, or an object of operators that must all hold. */
  #tests(subject: Subject | JsonSubject, value: unknown, path: string): Build | undefined {
    if (!isPlainObject(value)) {
      if (Array.isArray(value) && !isJson(subject)) throw invalid(path, 'is a list; write { in: [...] }')
      return this.#test(subject, 'eq', value, path)
    }
    const terms: Build[] = []
    for (const name of Object.keys(value)) {
      const at = `${path}.${shorten(name)}`
      if (!filterOperators.has(name)) {
        const hint = isJson(subject) ? '; to compare with an object write { eq: {...} }' : ''
        throw invalid(at, `${quoteName(name)} is not an operator (${[...filterOperators].join(', ')})${hint}`)
      }
      if (value[name] === undefined) throw invalid(at, 'is undefined; leave the condition out or use null')
      terms.push(this.#test(subject, name as FilterOperator, value[name], at))
    }
    return all(terms)
  }

  #test(subject: Subject | JsonSubject, operator: FilterOperator, value: unknown, path: string): Build {
    this.#count(path)
    return subject.kind === 'json'
      ? applyJsonOperator(this.#context, subject, operator, value, path)
      : applyOperator(this.#context, subject, operator, value, path)
  }

  #count(path: string): void {
    this.#counted.nodes++
    if (this.#counted.nodes > this.#context.maxNodes) {
      throw invalid(path, `is one condition too many: a filter has at most ${this.#context.maxNodes}`)
    }
    this.#context.complexity.add('condition', path)
  }
}

function all(terms: readonly Build[]): Build | undefined {
  if (terms.length < 2) return terms[0]
  return () => and(terms.map((term) => term()))
}

function isJson(subject: Subject | JsonSubject): boolean {
  return subject.kind === 'json' || subject.type === 'json'
}

function shorten(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name
}
