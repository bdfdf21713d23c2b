import { describe, expect, it } from 'vitest'
import { type RuleOperation, ruleOperations } from '../../protocol/operations.ts'
import { type Role, roles } from '../../protocol/principal.ts'
import { metabuilderSchema } from '../../schema/metabuilder/index.ts'
import { sqliteDialect } from '../dialect.ts'
import { Model } from '../model.ts'
import type { Caller } from '../query/binding.ts'
import { Policies } from './policy.ts'

const model = new Model(metabuilderSchema)
const policies = new Policies(model, sqliteDialect, 'strict')
const access = (role: Role, entity: string) => policies.for(role).entity(model.entity(entity))
const caller = (role: Role): Caller => ({
  principal: { role, userId: role === 'public' ? null : 'me', username: role, email: null, sessionId: null },
  now: '2026-01-01T00:00:00.000Z',
})
const all = [...ruleOperations]

/** For each entity what public, user, admin, god and supergod may do. */
const table: { readonly [entity: string]: readonly (readonly RuleOperation[])[] } = {
  User: [[], ['read', 'update'], all, all, all],
  PageConfig: [['read'], ['read'], ['read'], all, all],
  ComponentNode: [[], [], [], all, all],
  Workflow: [[], [], [], all, all],
  LuaScript: [[], [], [], all, all],
  InstalledPackage: [[], [], ['read'], all, all],
  Credential: [[], [], [], [], []],
  Session: [[], [], [], [], []],
}

describe('the built-in rules', () => {
  it('say something about every entity', () => {
    expect(Object.keys(table).sort()).toEqual([...model.entities.keys()].sort())
  })

  for (const [entity, byRole] of Object.entries(table)) {
    it.each(roles.map((role, index) => [role, byRole[index] ?? []] as const))(
      `let %s do with ${entity}: %j`,
      (role, allowed) => {
        for (const operation of ruleOperations) {
          expect(access(role, entity).guard(operation) !== null).toBe(allowed.includes(operation))
        }
      },
    )
  }

  it('show pages up to the caller’s level, and to the public only published ones', () => {
    for (const [index, role] of roles.entries()) {
      for (const level of [1, 2, 3, 4, 5]) {
        for (const isPublished of [true, false]) {
          const seen = access(role, 'PageConfig').guard('read')?.check({ level, isPublished }, caller(role))
          const expected = index >= 3 || (level <= index + 1 && (role !== 'public' || isPublished))
          expect(seen).toBe(expected)
        }
      }
    }
  })

  it('let a user see and change their own row only, and four of its fields', () => {
    const user = access('user', 'User')
    for (const operation of ['read', 'update'] as const) {
      expect(user.guard(operation)?.check({ id: 'me' }, caller('user'))).toBe(true)
      expect(user.guard(operation)?.check({ id: 'you' }, caller('user'))).toBe(false)
    }
    const writable = user.entity.fields.filter((field) => user.canWrite('update', field, caller('user')))
    expect(writable.map(({ name }) => name)).toEqual(['username', 'email', 'profilePicture', 'bio'])
  })

  it('tell an admin that their own row cannot be deleted, rather than that there is none', () => {
    const admin = access('admin', 'User')
    const own = { id: 'me', role: 'admin' }
    expect(admin.guard('delete')?.check(own, caller('admin'))).toBe(true)
    expect(() => admin.escalation?.refuseTarget(caller('admin'), 'delete', own)).toThrow(
      expect.objectContaining({ code: 'FORBIDDEN' }),
    )
  })

  it('show neither password hashes nor session tokens, not even to the engine’s results by default', () => {
    for (const [entity, field] of [
      ['Credential', 'passwordHash'],
      ['Session', 'token'],
    ] as const) {
      const { readable } = policies.for('system').entity(model.entity(entity))
      expect(readable.map(({ name }) => name)).not.toContain(field)
    }
  })
})
