import type { EntityData, Role, RuleData, SchemaData } from '@metabuilder/dbal'

/**
 * What the rules of a schema say, in words. The studio only explains; the engine decides. Nothing here keeps a call
 * from being made that the engine would refuse, except that refused buttons say why instead of failing.
 */

export const ruleOperations = ['read', 'create', 'update', 'delete'] as const
export type RuleOperation = (typeof ruleOperations)[number]
export const roleNames = ['public', 'user', 'admin', 'god', 'supergod'] as const satisfies readonly Role[]

export interface Verdict {
  /** `some`: only rows that pass a condition. */
  readonly reach: 'all' | 'some' | 'none'
  /** The rules that allow it. */
  readonly rules: readonly RuleData[]
  /** The conditions, one of which a row must pass; empty unless `some`. */
  readonly conditions: readonly string[]
  /** Who has it, when this role does not. */
  readonly grantedTo: readonly Role[]
  readonly reason: string
}

export function verdictOf(
  schema: SchemaData,
  role: Role,
  entityName: string,
  operation: RuleOperation,
): Verdict {
  const entity = schema.entities[entityName]
  if (!entity) return none(`${entityName} is not an entity of this schema.`)
  if (entity.system) {
    return none(
      `${entityName} belongs to the engine: no role reaches it through ${operation}, only sign-in and the password operations do.`,
    )
  }
  if (entity.kind === 'view' && operation !== 'read') {
    return none(`${entityName} is a view: it can be read, never written.`)
  }
  const rules = rulesFor(entity, role, operation)
  if (rules.length === 0) {
    const grantedTo = roleNames.filter((other) => rulesFor(entity, other, operation).length > 0)
    return { ...none(refusal(role, entityName, operation, grantedTo)), grantedTo }
  }
  const conditions = rules.map((rule) => conditionOf(rule, operation))
  if (conditions.includes(undefined)) {
    return {
      reach: 'all',
      rules,
      conditions: [],
      grantedTo: [],
      reason: `${role} may ${operation} every ${entityName}.`,
    }
  }
  const written = [...new Set(conditions as string[])]
  const reason = `${role} may ${operation} ${entityName} only where ${written.join(' or ')}.`
  return { reach: 'some', rules, conditions: written, grantedTo: [], reason }
}

/** The fields that the role may set, by its rules; undefined means all of them. */
export function writableFields(entity: EntityData, role: Role, operation: 'create' | 'update') {
  return fieldsOf(rulesFor(entity, role, operation), 'write')
}

/** The fields that the role may see, by its rules; undefined means all that are not hidden from everybody. */
export function readableFields(entity: EntityData, role: Role) {
  return fieldsOf(rulesFor(entity, role, 'read'), 'read')
}

function fieldsOf(rules: readonly RuleData[], direction: 'read' | 'write'): ReadonlySet<string> | undefined {
  const lists = rules.map((rule) => rule.fields?.[direction])
  if (lists.includes(undefined)) return undefined
  return new Set(lists.flatMap((list) => list ?? []))
}

function rulesFor(entity: EntityData, role: Role, operation: RuleOperation) {
  return entity.rules.filter((rule) => rule.roles.includes(role) && rule.operations.includes(operation))
}

/** A new row is held against `check`, an existing one against `rowFilter`. */
function conditionOf(rule: RuleData, operation: RuleOperation) {
  return operation === 'create' ? (rule.check ?? rule.rowFilter) : rule.rowFilter
}

function none(reason: string): Verdict {
  return { reach: 'none', rules: [], conditions: [], grantedTo: [], reason }
}

function refusal(role: Role, entity: string, operation: RuleOperation, grantedTo: readonly Role[]): string {
  if (grantedTo.length === 0) return `No rule gives ${operation} on ${entity} to any role.`
  return `No rule gives ${operation} on ${entity} to ${role}; the rules give it to ${listed(grantedTo)}.`
}

/** read, create and update */
export function listed(words: readonly string[], last: 'and' | 'or' = 'and'): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}
