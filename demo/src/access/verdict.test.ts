import type { SchemaData } from '@metabuilder/dbal'
import { expect, test } from 'vitest'
import { listed, readableFields, verdictOf, writableFields } from './verdict.ts'

const schema = {
  name: 'test',
  entities: {
    Note: {
      kind: 'table',
      system: false,
      fields: {},
      rules: [
        { roles: ['user'], operations: ['read', 'create'], rowFilter: 'ownerId = $user.id' },
        { roles: ['user'], operations: ['read'], rowFilter: 'isPublic = true', fields: { read: ['title'] } },
        { roles: ['admin'], operations: ['read', 'update'], fields: { write: ['title'] } },
        { roles: ['god'], operations: ['create'], rowFilter: 'ownerId = $user.id', check: 'level < 3' },
      ],
    },
    Secret: { kind: 'table', system: true, fields: {}, rules: [] },
    Summary: { kind: 'view', system: false, fields: {}, rules: [{ roles: ['user'], operations: ['read'] }] },
  },
} as unknown as SchemaData
const note = schema.entities['Note']

test('rules with conditions widen each other; one without a condition opens every row', () => {
  expect(verdictOf(schema, 'user', 'Note', 'read')).toMatchObject({
    reach: 'some',
    conditions: ['ownerId = $user.id', 'isPublic = true'],
  })
  expect(verdictOf(schema, 'admin', 'Note', 'read').reach).toBe('all')
})

test('a new row is held against the check', () => {
  expect(verdictOf(schema, 'god', 'Note', 'create').conditions).toEqual(['level < 3'])
  expect(verdictOf(schema, 'user', 'Note', 'create').conditions).toEqual(['ownerId = $user.id'])
})

test('a refusal names who has it', () => {
  const verdict = verdictOf(schema, 'public', 'Note', 'read')
  expect(verdict).toMatchObject({ reach: 'none', grantedTo: ['user', 'admin'] })
  expect(verdict.reason).toBe('No rule gives read on Note to public; the rules give it to user and admin.')
  expect(verdictOf(schema, 'supergod', 'Note', 'delete').reason).toBe(
    'No rule gives delete on Note to any role.',
  )
})

test('what belongs to the engine, and what is a view, is refused in its own words', () => {
  expect(verdictOf(schema, 'supergod', 'Secret', 'read').reason).toContain('belongs to the engine')
  expect(verdictOf(schema, 'user', 'Summary', 'update').reason).toContain('is a view')
  expect(verdictOf(schema, 'user', 'Summary', 'read').reach).toBe('all')
})

test('fields are limited only where every rule limits them', () => {
  expect(note && readableFields(note, 'user')).toBeUndefined()
  expect(note && writableFields(note, 'admin', 'update')).toEqual(new Set(['title']))
})

test('words are listed as in a sentence', () => {
  expect(listed(['read'])).toBe('read')
  expect(listed(['read', 'create', 'update'])).toBe('read, create and update')
  expect(listed(['read', 'create'], 'or')).toBe('read or create')
})
