/** Random rules for each role: as rules of the schema, and as PostgreSQL's policies. */

import type { EntityRule } from '../../src/schema/define.ts'
import type { Random } from '../kysely/support/random.ts'
import { alive, type Condition, ConditionMaker, quoteName } from './conditions.ts'
import { type Entity, entities, type RoleName, roleNames } from './tables.ts'

export type Operation = 'create' | 'read' | 'update' | 'delete'

export interface Policy {
  readonly role: RoleName
  readonly entity: Entity
  readonly operation: Operation
  /** Rows that it opens; every row when absent. */
  readonly filter?: Condition
  /** What a row must be after a write; the filter when absent. */
  readonly check?: Condition
}

export function randomPolicies(random: Random): Policy[] {
  return roleNames.flatMap((role) => entities.flatMap((entity) => policiesOf(random, role, entity)))
}

function policiesOf(random: Random, role: RoleName, entity: Entity): Policy[] {
  if (random.chance(0.03)) return []
  const maker = new ConditionMaker(random, entity)
  const some = (share: number) => (random.chance(share) ? maker.condition(2) : undefined)
  const policy = (operation: Operation, filter?: Condition, check?: Condition): Policy => ({
    role,
    entity,
    operation,
    ...(filter && { filter }),
    ...(check && { check }),
  })
  const made = [policy('read', some(0.85))]
  // Rules of one operation widen each other.
  if (random.chance(0.25)) made.push(policy('read', some(0.97)))
  // Of several rules an update passes one whole; PostgreSQL takes a filter from one and a check from another.
  if (random.chance(0.8)) made.push(policy('update', some(0.7), some(0.4)))
  for (let count = random.below(3); count > 0; count--) made.push(policy('delete', some(0.8)))
  for (let count = random.below(3); count > 0; count--) made.push(policy('create', some(0.7), some(0.3)))
  return made
}

export const rulesOf = (policies: readonly Policy[]): EntityRule[] =>
  policies.map(({ role, entity, operation, filter, check }) => ({
    entity,
    roles: [role],
    operations: [operation],
    ...(filter && { rowFilter: filter.ours }),
    ...(check && { check: check.ours }),
  }))

export const serverRole = (role: RoleName): string => `caller_${role}`

const commands = { create: 'insert', read: 'select', update: 'update', delete: 'delete' } as const

/** Once: nobody but the owner gets past what the policies say. */
export const rowLevelSecurity = (): string =>
  entities
    .flatMap((entity) => {
      const table = quoteName(entity)
      const all = roleNames.map(serverRole).join(', ')
      const lives = alive(entity)
      return [
        `alter table ${table} enable row level security;`,
        `grant select, insert, update, delete on ${table} to ${all};`,
        // A row whose time is over is there for nobody; but a write may end one.
        ...(lives
          ? [
              `create policy "ended read" on ${table} as restrictive for select using (${lives});`,
              `create policy "ended update" on ${table} as restrictive for update using (${lives}) with check (true);`,
              `create policy "ended delete" on ${table} as restrictive for delete using (${lives});`,
            ]
          : []),
      ]
    })
    .join('\n')

/** In place of those of the world before. */
export function createPolicies(policies: readonly Policy[]): string {
  return `
    do $$ declare
      one record;
    begin
      for one in select * from pg_policies where schemaname = current_schema() and policyname like 'rule %' loop
        execute format('drop policy %I on %I', one.policyname, one.tablename);
      end loop;
    end $$;
    ${policies.map(createPolicy).join('\n')}`
}

function createPolicy({ role, entity, operation, filter, check }: Policy, number: number): string {
  const using = filter?.theirs ?? 'true'
  const wanted = (check ?? filter)?.theirs ?? 'true'
  const parts = [
    `create policy "rule ${number}" on ${quoteName(entity)} for ${commands[operation]} to ${serverRole(role)}`,
    ...(operation === 'create' ? [] : [`using (${using})`]),
    ...(operation === 'create' || operation === 'update' ? [`with check (${wanted})`] : []),
  ]
  return `${parts.join(' ')};`
}
