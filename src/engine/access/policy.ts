/** Who may do what: the rules of a schema, compiled when it is loaded, kept by role and entity. */

import { invalid } from '../../protocol/error.ts'
import type { RuleOperation } from '../../protocol/operations.ts'
import { type Actor, roles } from '../../protocol/principal.ts'
import type { Dialect } from '../dialect.ts'
import type { EntityModel, Model } from '../model.ts'
import type { EntityAccess, RelatedAccess } from './access.ts'
import { type PrincipalFields, principalFieldsOf, RoleEscalation } from './escalation.ts'
import { OpenAccess } from './open-access.ts'
import { RuleAccess } from './rule-access.ts'
import { loadRules, type Rule } from './rules.ts'

/**
 * `strict` enforces rules. `permissive` lets everything through but can say what `strict` would have denied. `disabled`
 * lets everything through. In all of them hidden fields stay hidden and `system` entities are the engine's own.
 */
export type Sandbox = 'strict' | 'permissive' | 'disabled'

/** What one role may do. */
export interface Policy {
  entity(model: EntityModel): EntityAccess
  /** True under `permissive` when no rule allows the operation: let through, and worth a line in the audit log. */
  wouldDeny(model: EntityModel, operation: RuleOperation): boolean
}

export class Policies {
  readonly #model: Model
  readonly #dialect: Dialect
  readonly #sandbox: Sandbox
  readonly #rules: ReadonlyMap<EntityModel, readonly Rule[]>
  readonly #principals: ReadonlyMap<EntityModel, PrincipalFields | null>
  readonly #byRole = new Map<Actor, Policy>()

  /** @throws DBALError VALIDATION_ERROR for a bad rule, naming it */
  constructor(model: Model, dialect: Dialect, sandbox: Sandbox) {
    this.#model = model
    this.#dialect = dialect
    this.#sandbox = sandbox
    this.#rules = loadRules(model)
    this.#principals = new Map(
      [...model.entities.values()].map((entity) => [entity, principalFieldsOf(entity)]),
    )
  }

  /** False where rules are not in force (`permissive` and `disabled`). */
  get enforced(): boolean {
    return this.#sandbox === 'strict'
  }

  /** @throws DBALError VALIDATION_ERROR for an unknown role */
  for(role: Actor): Policy {
    let policy = this.#byRole.get(role)
    if (!policy) {
      if (role !== 'system' && !roles.includes(role))
        throw invalid('role', `must be one of ${roles.join(', ')}`)
      policy = this.#createPolicy(role)
      this.#byRole.set(role, policy)
    }
    return policy
  }

  #createPolicy(role: Actor): Policy {
    const byEntity = new Map<EntityModel, EntityAccess>()
    const accessTo = (entity: EntityModel): EntityAccess => {
      let access = byEntity.get(entity)
      if (!access) {
        access = this.#createAccess(entity, role, related)
        byEntity.set(entity, access)
      }
      return access
    }
    const related: RelatedAccess = (relation) => accessTo(this.#model.entity(relation.entity))
    return {
      entity: accessTo,
      wouldDeny: (entity, operation) => accessTo(entity).strict?.guard(operation) === null,
    }
  }

  #createAccess(entity: EntityModel, role: Actor, related: RelatedAccess): EntityAccess {
    if (role === 'system')
      return new OpenAccess(entity, this.#dialect, { seesHidden: true, strict: null, related })
    if (entity.data.system) return new RuleAccess(entity, [], null, this.#dialect, related)
    if (this.enforced) return this.#createRuleAccess(entity, role, related)
    const strict = this.#sandbox === 'permissive' ? this.#createRuleAccess(entity, role, related) : null
    return new OpenAccess(entity, this.#dialect, { seesHidden: false, strict, related })
  }

  #createRuleAccess(entity: EntityModel, role: Actor, related: RelatedAccess): EntityAccess {
    const rules = this.#rules.get(entity)?.filter((rule) => rule.roles.includes(role)) ?? []
    const principal = this.#principals.get(entity)
    const escalation = principal ? new RoleEscalation(entity, principal, role, this.#dialect) : null
    return new RuleAccess(entity, rules, escalation, this.#dialect, related)
  }
}
