import { describe, expect, it } from 'vitest'
import { ruleOperations } from '../../protocol/operations.ts'
import { type Actor, roles } from '../../protocol/principal.ts'
import type { EntityData, RuleData } from '../../schema/schema.ts'
import { sqliteDialect } from '../dialect.ts'
import { Model } from '../model.ts'
import { type Caller, compileNode } from '../query/binding.ts'
import type { EntityAccess, Guard } from './access.ts'
import { Policies, type Sandbox } from './policy.ts'
import { entityData, fieldData } from './row-filter.cases.ts'

const fields = {
  id: fieldData('uuid', { nullable: false }),
  title: fieldData('string'),
  ownerId: fieldData('uuid'),
  secret: fieldData('string', { hidden: true }),
  endsAt: fieldData('datetime', { nullable: false }),
}

function policiesOf(rules: readonly RuleData[], sandbox: Sandbox = 'strict', more: Partial<EntityData> = {}) {
  const model = new Model({ name: 'test', entities: { Note: entityData(fields, { rules, ...more }) } })
  const policies = new Policies(model, sqliteDialect, sandbox)
  return {
    policies,
    Note: model.entity('Note'),
    access: (role: Actor) => policies.for(role).entity(model.entity('Note')),
  }
}

const all = [...ruleOperations]
const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name)
const field = (access: EntityAccess, name: string) => access.entity.field(name) as never
const caller = (role: Actor): Caller => ({
  principal: { role, userId: 'me', username: null, email: null, sessionId: null },
  now: '2026-01-01T00:00:00.000Z',
})
const sqlOf = (guard: Guard | null) =>
  guard && compileNode(guard.node('t') as never, [], sqliteDialect.createCompiler()).statement.sql

describe('rules', () => {
  it('deny what none of them allows', () => {
    const { access } = policiesOf([{ roles: ['user'], operations: ['read'] }])
    expect(access('user').guard('read')?.everyRow).toBe(true)
    expect(access('user').guard('update')).toBeNull()
    expect(access('user').check('update')).toBeNull()
    expect(access('user').check('create')).toBeNull()
    for (const operation of ruleOperations) {
      expect(access('public').guard(operation)).toBeNull()
      expect(access('supergod').guard(operation)).toBeNull()
    }
    expect(access('public').readable).toEqual([])
    expect(access('public').canRead(field(access('public'), 'title'))).toBe(false)
    expect(access('user').canWrite('update', field(access('user'), 'title'), caller('user'))).toBe(false)
  })

  it('widen each other', () => {
    const { access } = policiesOf([
      { roles: ['user'], operations: ['read'], rowFilter: 'ownerId = $user.id' },
      { roles: ['user'], operations: ['read'], rowFilter: "title = 'open'" },
      { roles: ['user', 'admin'], operations: ['read'], rowFilter: "title = 'open'" },
    ])
    expect(sqlOf(access('user').guard('read'))).toBe('(("t"."ownerId" = ?) or ("t"."title" = ?))')
    expect(sqlOf(access('admin').guard('read'))).toBe('("t"."title" = ?)')
  })

  it('let every row pass once one of them has no filter', () => {
    const { access } = policiesOf([
      { roles: ['user'], operations: ['read'], rowFilter: 'ownerId = $user.id' },
      { roles: ['user'], operations: ['read'] },
    ])
    expect(access('user').guard('read')?.everyRow).toBe(true)
  })

  it('let a write reach only rows in sight, and say a filter once where both are the same', () => {
    const own = 'ownerId = $user.id'
    const { access } = policiesOf([
      { roles: ['user'], operations: ['read', 'update'], rowFilter: own },
      { roles: ['user'], operations: ['delete'] },
      { roles: ['admin'], operations: ['delete'], rowFilter: "title = 'x'" },
    ])
    expect(sqlOf(access('user').guard('update'))).toBe('("t"."ownerId" = ?)')
    expect(sqlOf(access('user').guard('delete'))).toBe('("t"."ownerId" = ?)')
    // Without a rule for reading there is no sight to keep within.
    expect(sqlOf(access('admin').guard('delete'))).toBe('("t"."title" = ?)')
  })

  it('check the row after a write by the filter, unless a check is given', () => {
    const { access } = policiesOf([
      { roles: ['user'], operations: ['create', 'update'], rowFilter: 'ownerId = $user.id' },
      {
        roles: ['admin'],
        operations: ['create', 'update'],
        rowFilter: 'ownerId = $user.id',
        check: 'title is not null',
      },
    ])
    const row = { title: null, ownerId: 'me' }
    expect(access('user').check('update')?.check(row, caller('user'))).toBe(true)
    expect(
      access('user')
        .check('update')
        ?.check({ ...row, ownerId: 'x' }, caller('user')),
    ).toBe(false)
    expect(access('admin').check('update')?.check(row, caller('admin'))).toBe(false)
    expect(access('admin').check('create')).toBe(access('admin').guard('create'))
    expect(
      access('admin')
        .check('create')
        ?.check({ ...row, title: 'x' }, caller('admin')),
    ).toBe(true)
  })

  it('name themselves when they cannot be loaded', () => {
    const load = (rule: Partial<RuleData>) => () =>
      policiesOf([
        { roles: ['user'], operations: ['read'] },
        { roles: ['user'], operations: ['read'], ...rule },
      ])
    const invalid = (path: string) =>
      expect.objectContaining({ code: 'VALIDATION_ERROR', message: expect.stringContaining(path) })
    expect(load({ rowFilter: 'owner = 1' })).toThrow(invalid('Note.rules[1].rowFilter'))
    expect(load({ check: 'title = 1' })).toThrow(invalid('Note.rules[1].check'))
    expect(load({ fields: { read: ['nothing'] } })).toThrow(invalid('Note.rules[1].fields.read'))
    expect(load({ fields: { write: ['title', 'nothing'] } })).toThrow(invalid('Note.rules[1].fields.write'))
  })
})

describe('fields', () => {
  it('are all granted by a rule that names none, but hidden ones are read by nobody', () => {
    const { access } = policiesOf([{ roles: ['god'], operations: all }])
    expect(names(access('god').readable)).toEqual(['id', 'title', 'ownerId', 'endsAt'])
    expect(access('god').canRead(field(access('god'), 'secret'))).toBe(false)
    expect(access('god').canWrite('create', field(access('god'), 'secret'), caller('god'))).toBe(true)
  })

  it('are not joined over rules for different rows: that would show more of some rows than any rule does', () => {
    const { access } = policiesOf([
      { roles: ['user'], operations: ['read'], fields: { read: ['id', 'title'] } },
      { roles: ['user'], operations: ['read'], rowFilter: 'ownerId = $user.id' },
    ])
    expect(names(access('user').readable)).toEqual(['id', 'title'])
  })

  it('are joined where the rule that grants more covers every row of the other', () => {
    const { access } = policiesOf([
      { roles: ['user'], operations: ['read'], fields: { read: ['id', 'title'] } },
      { roles: ['user'], operations: ['read'], rowFilter: 'ownerId = $user.id', fields: { read: ['id'] } },
      { roles: ['admin'], operations: ['read'], rowFilter: 'ownerId=$user.id', fields: { read: ['id'] } },
      {
        roles: ['admin'],
        operations: ['read'],
        rowFilter: '(ownerId = $user.id)',
        fields: { read: ['title'] },
      },
    ])
    expect(names(access('user').readable)).toEqual(['id', 'title'])
    expect(names(access('admin').readable)).toEqual(['id', 'title'])
  })

  it('are written by the same reckoning, which counts the check too', () => {
    const writable = (rules: readonly RuleData[], operation: 'create' | 'update') => {
      const { access } = policiesOf(rules)
      return names(
        access('user').entity.fields.filter((each) =>
          access('user').canWrite(operation, each, caller('user')),
        ),
      )
    }
    const rule = {
      roles: ['user'],
      operations: ['create', 'update'],
      rowFilter: 'ownerId = $user.id',
    } as const
    const title = { fields: { write: ['title'] } }
    expect(writable([{ ...rule, ...title }], 'update')).toEqual(['title'])
    expect(writable([{ ...rule, ...title }, rule], 'update')).toEqual(names(policiesOf([]).Note.fields))
    expect(
      writable(
        [
          { ...rule, ...title },
          { ...rule, check: 'title is null' },
        ],
        'update',
      ),
    ).toEqual(['title'])
    // Of a create there is no row before, so only the checks are compared.
    const check = { check: 'ownerId = $user.id' }
    const created = [
      { ...rule, ...title },
      { ...rule, rowFilter: 'title is null', ...check },
    ]
    expect(writable(created, 'create')).toContain('ownerId')
    expect(writable(created, 'update')).toEqual(['title'])
  })
})

describe('updates under several rules', () => {
  const mine = { roles: ['user'], operations: ['read', 'update'], rowFilter: 'ownerId = $user.id' } as const
  const open = { roles: ['user'], operations: ['read', 'update'], rowFilter: "title = 'open'" } as const

  it('must pass one rule whole, before and after', () => {
    const { access } = policiesOf([mine, open])
    const pairs = access('user').updatePairs ?? []
    const permits = (before: object, after: object) =>
      pairs.some(
        (pair) =>
          pair.before.check({ ...before }, caller('user')) === true &&
          pair.after.check({ ...after }, caller('user')) === true,
      )
    const own = { ownerId: 'me', title: 'x' }
    const foreign = { ownerId: 'you', title: 'open' }
    expect(pairs).toHaveLength(2)
    expect(permits(own, { ownerId: 'me', title: 'y' })).toBe(true)
    expect(permits(own, foreign)).toBe(false)
    expect(permits({ ownerId: 'me', title: 'open' }, foreign)).toBe(true)
  })

  it('need no pairs where one rule says it all', () => {
    expect(policiesOf([mine]).access('user').updatePairs).toBeNull()
    expect(
      policiesOf([mine, { ...mine, fields: { write: ['title'] } }]).access('user').updatePairs,
    ).toBeNull()
    expect(
      policiesOf([mine, { ...mine, rowFilter: undefined } as never]).access('user').updatePairs,
    ).toBeNull()
    expect(policiesOf([]).access('user').updatePairs).toBeNull()
  })

  it('pair a filter of every row with the check that goes with it', () => {
    const { rowFilter, ...anyRow } = mine
    const pairs = policiesOf([mine, { ...anyRow, check: "title = 'x'" }]).access('user').updatePairs
    expect(pairs?.[1]?.before.everyRow).toBe(true)
    expect(sqlOf(pairs?.[1]?.after ?? null)).toBe('("t"."title" = ?)')
    expect(rowFilter).toBe('ownerId = $user.id')
  })
})

describe('time to live', () => {
  it('ends a row for every role and operation, the engine’s own included', () => {
    for (const sandbox of ['strict', 'permissive', 'disabled'] as const) {
      const { access } = policiesOf([{ roles: ['god'], operations: all }], sandbox, { ttl: 'endsAt' })
      for (const role of ['god', 'system'] as const) {
        for (const operation of ['read', 'update', 'delete'] as const) {
          const guard = access(role).guard(operation)
          expect(guard?.everyRow).toBe(false)
          expect(sqlOf(guard)).toBe('("t"."endsAt" > ?)')
          expect(guard?.check({ endsAt: '2026-01-01T00:00:00.000Z' }, caller(role))).toBe(false)
          expect(guard?.check({ endsAt: '2026-01-01T00:00:00.001Z' }, caller(role))).toBe(true)
        }
        expect(access(role).check('update')?.everyRow).toBe(true)
        expect(access(role).guard('create')?.everyRow).toBe(true)
      }
    }
  })

  it('is joined to the filter by AND', () => {
    const rule = { roles: ['user'], operations: ['read'], rowFilter: "title = 'a' or title = 'b'" } as const
    const { access } = policiesOf([rule], 'strict', { ttl: 'endsAt' })
    expect(sqlOf(access('user').guard('read'))).toBe(
      '((("t"."title" = ?) or ("t"."title" = ?)) and ("t"."endsAt" > ?))',
    )
  })
})

describe('the engine’s own actor', () => {
  it('may all, and finds hidden fields by name, though not in results by default', () => {
    const { access } = policiesOf([], 'strict', { system: true })
    for (const operation of ruleOperations) expect(access('system').guard(operation)?.everyRow).toBe(true)
    expect(access('system').canRead(field(access('system'), 'secret'))).toBe(true)
    expect(access('system').canWrite('update', field(access('system'), 'secret'), caller('system'))).toBe(
      true,
    )
    expect(names(access('system').readable)).not.toContain('secret')
    expect(access('system').escalation).toBeNull()
  })

  it.each(['strict', 'permissive', 'disabled'] as const)(
    'alone reaches entities of the system (%s)',
    (sandbox) => {
      const { access } = policiesOf([{ roles: [...roles], operations: all }], sandbox, { system: true })
      for (const role of roles) {
        for (const operation of ruleOperations) expect(access(role).guard(operation)).toBeNull()
        expect(access(role).readable).toEqual([])
      }
    },
  )
})

describe('the sandbox', () => {
  const rules: readonly RuleData[] = [
    { roles: ['user'], operations: ['read'], rowFilter: 'ownerId = $user.id' },
  ]

  it('is strict: rules are in force', () => {
    const { policies, access, Note } = policiesOf(rules)
    expect(policies.enforced).toBe(true)
    expect(access('user').guard('read')?.everyRow).toBe(false)
    expect(access('user').strict).toBeNull()
    expect(policies.for('user').wouldDeny(Note, 'delete')).toBe(false)
  })

  it('is permissive: everything passes, but what strict says can be asked', () => {
    const { policies, access, Note } = policiesOf(rules, 'permissive')
    expect(policies.enforced).toBe(false)
    expect(access('public').guard('delete')?.everyRow).toBe(true)
    expect(access('public').strict?.guard('delete')).toBeNull()
    expect(access('user').strict?.guard('read')?.check({ ownerId: 'you' }, caller('user'))).toBe(false)
    expect(policies.for('user').wouldDeny(Note, 'read')).toBe(false)
    expect(policies.for('user').wouldDeny(Note, 'delete')).toBe(true)
  })

  it('is disabled: everything passes', () => {
    const { policies, access, Note } = policiesOf(rules, 'disabled')
    expect(policies.enforced).toBe(false)
    expect(access('public').guard('create')?.everyRow).toBe(true)
    expect(access('public').canWrite('create', field(access('public'), 'title'), caller('public'))).toBe(true)
    expect(access('public').strict).toBeNull()
    expect(policies.for('public').wouldDeny(Note, 'delete')).toBe(false)
  })

  it.each(['permissive', 'disabled'] as const)('keeps hidden fields hidden when it is %s', (sandbox) => {
    const { access } = policiesOf(rules, sandbox)
    expect(names(access('supergod').readable)).toEqual(['id', 'title', 'ownerId', 'endsAt'])
    expect(access('supergod').canRead(field(access('supergod'), 'secret'))).toBe(false)
    expect(access('supergod').canRead(field(access('supergod'), 'title'))).toBe(true)
  })
})

describe('policies', () => {
  it('keep what they have worked out', () => {
    const { policies, access } = policiesOf([])
    expect(policies.for('user')).toBe(policies.for('user'))
    expect(access('user')).toBe(access('user'))
    expect(access('user')).not.toBe(access('admin'))
  })

  it('know no other roles', () => {
    const { policies } = policiesOf([])
    expect(() => policies.for('root' as never)).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }))
  })

  it('have nothing for an entity of another model', () => {
    const other = new Model({ name: 'other', entities: { Note: entityData(fields) } }).entity('Note')
    expect(
      policiesOf([{ roles: ['god'], operations: all }])
        .policies.for('god')
        .entity(other)
        .guard('read'),
    ).toBeNull()
  })
})
