import { expect, it } from 'vitest'
import { defineSchema } from '../../schema/define.ts'
import { f } from '../../schema/fields.ts'
import { sqliteDialect } from '../dialect.ts'
import { Model } from '../model.ts'
import { Policies } from './policy.ts'

const fixedBy = (rowFilter: string | undefined) => {
  const model = new Model(
    defineSchema({
      Team: { fields: { id: f.id(), level: f.integer() } },
      Note: {
        fields: {
          id: f.id(),
          level: f.integer(),
          ownerId: f.uuid(),
          otherId: f.uuid(),
          teamId: f.uuid({ references: 'Team.id' }),
        },
        rules: [{ roles: ['user'], operations: ['read'], ...(rowFilter && { rowFilter }) }],
      },
    }),
  )
  const guard = new Policies(model, sqliteDialect, 'strict')
    .for('user')
    .entity(model.entity('Note'))
    .guard('read')
  return guard?.fixed.map(({ field, operand }) => [
    field.name,
    operand.kind === 'variable' ? operand.name : operand.value,
  ])
}

it('are those that every row must have a value in', () => {
  expect(fixedBy('ownerId = $user.id')).toEqual([['ownerId', 'user.id']])
  expect(fixedBy('$user.id = ownerId and (level = 3 and id is not null)')).toEqual([
    ['ownerId', 'user.id'],
    ['level', 3],
  ])
})

it('are none where a rule leaves a choice, or looks elsewhere', () => {
  for (const filter of [
    undefined,
    'ownerId = $user.id or level = 1',
    'not ownerId = $user.id',
    'level > 1',
    'ownerId = otherId',
    'team.level = 3',
    'level in (1, 2)',
  ]) {
    expect(fixedBy(filter)).toEqual([])
  }
})
