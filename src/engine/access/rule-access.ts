/**
 * What a role's rules allow on an entity. Rules widen each other, but only as far as that is sound. Rows are joined by OR.
 * Fields are not a plain union: "every row, but only its name" beside "one's own row, whole" must not show everybody's
 * email. A field is granted when every row that any rule opens is also opened by a rule that grants the field.
 */

import type { RuleOperation } from '../../protocol/operations.ts'
import type { Dialect } from '../dialect.ts'
import type { EntityModel, FieldModel } from '../model.ts'
import type { EntityAccess, Escalation, Guard, RelatedAccess, RulePair } from './access.ts'
import { createGuard } from './guard.ts'
import { joinPredicates, ttlPredicate } from './predicate.ts'
import { anyCondition, type Condition, type Rule } from './rules.ts'

export class RuleAccess implements EntityAccess {
  readonly entity: EntityModel
  readonly escalation: Escalation | null
  readonly strict = null
  readonly updatePairs: readonly RulePair[] | null
  readonly readable: readonly FieldModel[]
  readonly related: RelatedAccess
  readonly #dialect: Dialect
  readonly #rules: { readonly [Operation in RuleOperation]: readonly Rule[] }
  readonly #guards: { readonly [Operation in RuleOperation]: Guard | null }
  readonly #updateCheck: Guard | null
  readonly #readable: ReadonlySet<string>
  readonly #writable: { readonly [Operation in 'create' | 'update']: ReadonlySet<string> }

  /** @param rules those of the role */
  constructor(
    entity: EntityModel,
    rules: readonly Rule[],
    escalation: Escalation | null,
    dialect: Dialect,
    related: RelatedAccess,
  ) {
    this.entity = entity
    this.escalation = escalation
    this.related = related
    this.#dialect = dialect
    const allowing = (operation: RuleOperation) =>
      rules.filter(({ operations }) => operations.includes(operation))
    this.#rules = {
      create: allowing('create'),
      read: allowing('read'),
      update: allowing('update'),
      delete: allowing('delete'),
    }
    this.#guards = {
      create: this.#checkAfter('create'),
      read: this.#guardBefore('read'),
      update: this.#guardBefore('update'),
      delete: this.#guardBefore('delete'),
    }
    this.#updateCheck = this.#checkAfter('update')
    this.updatePairs = this.#pairUpdates()
    this.#readable = this.#granted(
      'read',
      ({ read }) => read,
      ({ filter }) => [filter],
    )
    this.#writable = {
      create: this.#granted(
        'create',
        ({ write }) => write,
        ({ check }) => [check],
      ),
      update: this.#granted(
        'update',
        ({ write }) => write,
        ({ filter, check }) => [filter, check],
      ),
    }
    this.readable = entity.fields.filter((field) => this.canRead(field))
  }

  guard(operation: RuleOperation): Guard | null {
    return this.#guards[operation]
  }

  check(operation: 'create' | 'update'): Guard | null {
    return operation === 'create' ? this.#guards.create : this.#updateCheck
  }

  canRead(field: FieldModel): boolean {
    return !field.data.hidden && this.#readable.has(field.name)
  }

  canWrite(operation: 'create' | 'update', field: FieldModel): boolean {
    return this.#writable[operation].has(field.name)
  }

  #guardBefore(operation: 'read' | 'update' | 'delete'): Guard | null {
    const rules = this.#rules[operation]
    if (rules.length === 0) return null
    const own = anyCondition(rules.map(({ filter }) => filter))
    const seen =
      this.#rules.read.length === 0 ? null : anyCondition(this.#rules.read.map(({ filter }) => filter))
    const both = [
      ...new Map([own, seen].flatMap((each) => (each ? [[each.key, each.predicate]] : []))).values(),
    ]
    const alive = ttlPredicate(this.entity)
    const terms = alive ? [...both, alive] : both
    return createGuard(terms.length === 0 ? null : joinPredicates('and', terms), this.#dialect)
  }

  /** The row after a write need not be alive: setting its expiry to now is how a row is ended. */
  #checkAfter(operation: 'create' | 'update'): Guard | null {
    const rules = this.#rules[operation]
    if (rules.length === 0) return null
    return this.#guardOf(anyCondition(rules.map(({ check }) => check)))
  }

  #pairUpdates(): readonly RulePair[] | null {
    const { update } = this.#rules
    const pairs = new Map(update.map((rule) => [pairKey(rule), rule]))
    if (pairs.size < 2 || [...pairs.values()].some(({ filter, check }) => !filter && !check)) return null
    return [...pairs.values()].map(({ filter, check }) => ({
      before: this.#guardOf(filter),
      after: this.#guardOf(check),
    }))
  }

  #granted(
    operation: RuleOperation,
    fieldsOf: (rule: Rule) => ReadonlySet<string> | null,
    conditionsOf: (rule: Rule) => readonly (Condition | null)[],
  ): ReadonlySet<string> {
    const rules = this.#rules[operation]
    const grants = (rule: Rule, name: string) => fieldsOf(rule)?.has(name) ?? true
    const covers = (wide: Rule, narrow: Rule) => {
      const inner = conditionsOf(narrow)
      return conditionsOf(wide).every((condition, index) => !condition || condition.key === inner[index]?.key)
    }
    const isGranted = ({ name }: FieldModel) =>
      rules.length > 0 &&
      rules.every((rule) => rules.some((other) => grants(other, name) && covers(other, rule)))
    return new Set(this.entity.fields.filter(isGranted).map(({ name }) => name))
  }

  #guardOf(condition: Condition | null): Guard {
    return createGuard(condition?.predicate ?? null, this.#dialect)
  }
}

function pairKey({ filter, check }: Rule): string {
  return JSON.stringify([filter?.key, check?.key])
}
