import { describe, expect, it } from 'vitest'
import { type Actor, roles } from '../../protocol/principal.ts'
import type { Row } from '../../protocol/rows.ts'
import type { EntityData, FieldData } from '../../schema/schema.ts'
import { sqliteDialect } from '../dialect.ts'
import { Model } from '../model.ts'
import { type Caller, compileNode, Variable } from '../query/binding.ts'
import type { Escalation } from './access.ts'
import { Policies } from './policy.ts'
import { entityData, fieldData } from './row-filter.cases.ts'

const everything = { roles: [...roles], operations: ['create', 'read', 'update', 'delete'] } as const

function modelOf(role: Partial<FieldData> = {}, more: Partial<EntityData> = {}): Model {
  const fields = {
    id: fieldData('uuid', { nullable: false }),
    role: fieldData('enum', { nullable: false, default: 'user', ...role }),
    bio: fieldData('text'),
  }
  const User = entityData(fields, { principal: { role: 'role' }, rules: [everything], ...more })
  return new Model({ name: 'test', entities: { User } })
}

function escalationOf(role: Actor, model = modelOf()): Escalation {
  const access = new Policies(model, sqliteDialect, 'strict').for(role).entity(model.entity('User'))
  return access.escalation as Escalation
}

const caller = (role: Actor, userId: string | null = 'me'): Caller => ({
  principal: { role, userId, username: null, email: null, sessionId: null },
  now: '2026-01-01T00:00:00.000Z',
})

const forbidden = (reason: string, field?: string) =>
  expect.objectContaining({
    code: 'FORBIDDEN',
    details: expect.objectContaining({ entity: 'User', reason, ...(field ? { field } : {}) }),
  })
const outranksRow = forbidden('the row outranks the caller')
const outranksRole = forbidden('the role outranks the caller', 'role')
const ownRole = forbidden('nobody writes the role of their own row', 'role')

const ranks = ['user', 'admin', 'god', 'supergod'] as const

describe('a visible row', () => {
  for (const [level, role] of ranks.entries()) {
    for (const [other, target] of ranks.entries()) {
      const may = other <= level
      it(`of role ${target} ${may ? 'can' : 'cannot'} be changed by ${role}`, () => {
        const change = () =>
          escalationOf(role).refuseTarget(caller(role), 'update', { id: 'x', role: target })
        if (may) expect(change).not.toThrow()
        else expect(change).toThrow(outranksRow)
      })
    }
  }

  it('of one’s own is not deleted by an admin', () => {
    const remove = (role: Actor, row: Row) => () =>
      escalationOf(role).refuseTarget(caller(role), 'delete', row)
    expect(remove('admin', { id: 'me', role: 'admin' })).toThrow(
      forbidden('an admin cannot delete their own row'),
    )
    expect(remove('admin', { id: 'x', role: 'admin' })).not.toThrow()
    expect(remove('god', { id: 'me', role: 'god' })).not.toThrow()
    expect(remove('god', { id: 'x', role: 'supergod' })).toThrow(outranksRow)
  })

  it('can be changed by its own admin', () => {
    expect(() =>
      escalationOf('admin').refuseTarget(caller('admin'), 'update', { id: 'me', role: 'admin' }),
    ).not.toThrow()
  })

  it('whose role nobody knows outranks everybody but supergod', () => {
    const row = { id: 'x', role: 'emperor' }
    expect(() => escalationOf('god').refuseTarget(caller('god'), 'update', row)).toThrow(outranksRow)
    expect(() => escalationOf('supergod').refuseTarget(caller('supergod'), 'update', row)).not.toThrow()
  })

  it('without a role outranks nobody', () => {
    expect(() =>
      escalationOf('user').refuseTarget(caller('user'), 'update', { id: 'x', role: null }),
    ).not.toThrow()
  })
})

describe('values', () => {
  const write = (role: Actor, operation: 'create' | 'update', before: Row | null, values: Row) => () =>
    escalationOf(role).refuseValues(caller(role), operation, before, values)

  it.each(ranks)('let %s give roles up to their own', (role) => {
    for (const given of ranks) {
      const allowed = ranks.indexOf(given) <= ranks.indexOf(role)
      for (const attempt of [
        write(role, 'create', null, { role: given }),
        write(role, 'update', { id: 'x', role: 'user' }, { role: given }),
        write(role, 'update', null, { role: given }),
      ]) {
        if (allowed) expect(attempt).not.toThrow()
        else expect(attempt).toThrow(outranksRole)
      }
    }
  })

  it.each(ranks)('never hold the role of the caller’s own row, not even the value it has (%s)', (role) => {
    expect(write(role, 'update', { id: 'me', role }, { role })).toThrow(ownRole)
    expect(write(role, 'update', { id: 'me', role }, { bio: 'x' })).not.toThrow()
  })

  it('count a role that is absent on create as the default', () => {
    const model = modelOf({ default: 'admin' })
    const create = (role: Actor, values: Row) => () =>
      escalationOf(role, model).refuseValues(caller(role), 'create', null, values)
    expect(create('user', { bio: 'x' })).toThrow(outranksRole)
    expect(create('user', { role: 'user' })).not.toThrow()
    expect(create('admin', { bio: 'x' })).not.toThrow()
  })

  it('know no own row for a caller without an id', () => {
    const before = { id: null, role: 'user' }
    expect(() =>
      escalationOf('god').refuseValues(caller('god', null), 'update', before, { role: 'user' }),
    ).not.toThrow()
  })
})

describe('the reach of updateMany and deleteMany', () => {
  const reach = (role: Actor, operation: 'update' | 'delete', fields: string[] = [], model = modelOf()) => {
    const guard = escalationOf(role, model).reachable(operation, fields)
    if (!guard) return null
    const { statement, parameters } = compileNode(
      guard.node('t') as never,
      [],
      sqliteDialect.createCompiler(),
    )
    return [statement.sql, parameters.map((each) => (each instanceof Variable ? `$${each.name}` : each))]
  }

  it('ends where rows outrank the caller', () => {
    expect(reach('admin', 'update', ['bio'])).toEqual([
      '("t"."role" in (?, ?, ?))',
      ['public', 'user', 'admin'],
    ])
    expect(reach('supergod', 'update', ['bio'])).toBeNull()
    expect(reach('supergod', 'delete')).toBeNull()
  })

  it('takes in rows without a role', () => {
    expect(reach('public', 'delete', [], modelOf({ nullable: true }))).toEqual([
      '(("t"."role" is null) or ("t"."role" = ?))',
      ['public'],
    ])
  })

  it('leaves the own row alone when a role is written, and when an admin deletes', () => {
    const others = '("t"."id" != ?)'
    expect(reach('supergod', 'update', ['role'])).toEqual([
      '((? is null) or ("t"."id" != ?))',
      ['$user.id', '$user.id'],
    ])
    expect(String(reach('admin', 'delete'))).toContain(others)
    expect(String(reach('god', 'delete'))).not.toContain(others)
  })

  it('says the same about a row in hand', () => {
    const guard = escalationOf('admin').reachable('delete', [])
    const passes = (row: Row, who = caller('admin')) => guard?.check(row, who)
    expect(passes({ id: 'x', role: 'admin' })).toBe(true)
    expect(passes({ id: 'me', role: 'admin' })).toBe(false)
    expect(passes({ id: 'x', role: 'god' })).toBe(false)
    expect(passes({ id: 'me', role: 'user' }, caller('admin', null))).toBe(true)
  })
})

describe('an entity whose rows are callers', () => {
  const load = (model: Model) => () => new Policies(model, sqliteDialect, 'strict')
  const invalid = (path: string) =>
    expect.objectContaining({ code: 'VALIDATION_ERROR', message: expect.stringContaining(path) })

  it('must have the field of the role', () => {
    expect(load(modelOf({}, { principal: { role: 'rank' } }))).toThrow(invalid('User.principal.role'))
  })

  it('must have one text as its key', () => {
    expect(load(modelOf({}, { primaryKey: ['id', 'role'] }))).toThrow(invalid('User.principal'))
    expect(load(modelOf({}, { primaryKey: [] }))).toThrow(invalid('User.principal'))
    const fields = { id: fieldData('integer'), role: fieldData('enum') }
    expect(load(modelOf({}, { fields }))).toThrow(invalid('User.principal'))
  })
})
