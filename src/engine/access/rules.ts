/** The rules of an entity as they are loaded: parsed, resolved, their fields checked. */

import { invalid } from '../../protocol/error.ts'
import type { RuleOperation } from '../../protocol/operations.ts'
import type { Actor } from '../../protocol/principal.ts'
import type { Relations } from '../../schema/relations.ts'
import { parseRowFilter } from '../../schema/row-filter.ts'
import type { EntityModel, Model } from '../model.ts'
import { joinPredicates, type Predicate, resolvePredicate } from './predicate.ts'

/** A condition of a rule; two of one key are the same condition. */
export interface Condition {
  readonly key: string
  readonly predicate: Predicate
}

export interface Rule {
  readonly roles: readonly Actor[]
  readonly operations: readonly RuleOperation[]
  /** Null lets every row pass. */
  readonly filter: Condition | null
  readonly check: Condition | null
  /** Null grants every field. */
  readonly read: ReadonlySet<string> | null
  readonly write: ReadonlySet<string> | null
}

/**
 * The rules of every entity.
 * @throws DBALError VALIDATION_ERROR naming the rule, and line and column in a row filter
 */
export function loadRules(model: Model): ReadonlyMap<EntityModel, readonly Rule[]> {
  const entities = [...model.entities.values()]
  const relations = Object.fromEntries(
    entities.map((entity) => [entity.name, [...entity.relations.values()]]),
  )
  return new Map(entities.map((entity) => [entity, loadEntity(entity, model, relations)]))
}

/** The conditions joined by OR; null when one of them lets every row pass. */
export function anyCondition(conditions: readonly (Condition | null)[]): Condition | null {
  const unique = new Map<string, Predicate>()
  for (const condition of conditions) {
    if (!condition) return null
    unique.set(condition.key, condition.predicate)
  }
  return {
    key: JSON.stringify([...unique.keys()].sort()),
    predicate: joinPredicates('or', [...unique.values()]),
  }
}

function loadEntity(entity: EntityModel, model: Model, relations: Relations): Rule[] {
  return entity.data.rules.map((rule, index) => {
    const place = `${entity.name}.rules[${index}]`
    const condition = (name: 'rowFilter' | 'check'): Condition | null => {
      const text = rule[name]
      if (text === undefined) return null
      const scope = { place: `${place}.${name}`, schema: model.schema, entity: entity.name, relations }
      const filter = parseRowFilter(text, scope)
      return { key: JSON.stringify(filter), predicate: resolvePredicate(filter, entity, model, scope.place) }
    }
    const fields = (name: 'read' | 'write'): ReadonlySet<string> | null => {
      const names = rule.fields?.[name]
      const unknown = names?.find((field) => !entity.field(field))
      if (unknown !== undefined)
        throw invalid(`${place}.fields.${name}`, `"${unknown}" is no field of ${entity.name}`)
      return names ? new Set(names) : null
    }
    const filter = condition('rowFilter')
    return {
      roles: rule.roles,
      operations: rule.operations,
      filter,
      check: rule.check === undefined ? filter : condition('check'),
      read: fields('read'),
      write: fields('write'),
    }
  })
}
