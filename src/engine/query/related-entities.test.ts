import { expect, it } from 'vitest'
import { defineSchema } from '../../schema/define.ts'
import { f } from '../../schema/fields.ts'
import { Policies } from '../access/policy.ts'
import { sqliteDialect } from '../dialect.ts'
import { Model } from '../model.ts'
import { relatedEntities } from './related-entities.ts'

const model = new Model(
  defineSchema({
    Team: { fields: { id: f.id(), level: f.integer() }, rules: [{ roles: ['user'], operations: ['read'] }] },
    Member: {
      fields: { id: f.id(), teamId: f.uuid({ references: 'Team.id' }) },
      rules: [{ roles: ['user'], operations: ['read'], rowFilter: 'team.level <= $user.level' }],
    },
    Badge: {
      fields: { id: f.id(), memberId: f.uuid({ references: 'Member.id' }) },
      rules: [{ roles: ['user'], operations: ['read'] }],
    },
  }),
)
const policy = new Policies(model, sqliteDialect, 'strict').for('user')
const related = (entity: string, query: object) =>
  [...relatedEntities(model.entity(entity), query as never, model, (one) => policy.entity(one))].sort()

it('finds what rules look at', () => {
  expect(related('Member', {})).toEqual(['Team'])
  expect(related('Badge', { filter: { id: 'x' } })).toEqual([])
})

it('finds what filters and includes name, however deep, and what the rules of those look at', () => {
  expect(related('Badge', { include: { member: true } })).toEqual(['Member', 'Team'])
  expect(related('Badge', { include: ['member'] })).toEqual(['Member', 'Team'])
  expect(related('Team', { filter: { or: [{ not: { members: { badges: { id: 'x' } } } }] } })).toEqual([
    'Badge',
    'Member',
    'Team',
  ])
  expect(related('Badge', { include: { 'member.team': true } })).toEqual(['Member', 'Team'])
})
