import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DBALError, type Issue } from '../protocol/error.ts'
import { type Definitions, defineSchema, schemaFromData, withRules } from './define.ts'
import { f } from './fields.ts'
import { metabuilderSchema } from './metabuilder/index.ts'

const id = f.id()

function issuesOf(run: () => unknown): readonly Issue[] {
  try {
    run()
  } catch (error) {
    if (error instanceof DBALError && error.is('VALIDATION_ERROR')) return error.details?.issues ?? []
    throw error
  }
  return []
}

/** Definitions as they come from YAML or JavaScript: of whatever type. */
const define = (definitions: unknown) => defineSchema(definitions as Definitions)
const placesOf = (definitions: unknown) => issuesOf(() => define(definitions)).map(({ path }) => path)
const ofField = (field: unknown) => placesOf({ Post: { fields: { id, field } } })

describe('defineSchema', () => {
  test('fills in every default', () => {
    const { name, entities } = defineSchema({ Post: { fields: { id, title: f.string() } } })
    expect(name).toBe('app')
    expect(entities['Post']).toEqual({
      fields: {
        id: {
          type: 'uuid',
          required: false,
          nullable: false,
          unique: false,
          caseInsensitive: false,
          hidden: false,
          immutable: true,
          generated: 'id',
        },
        title: {
          type: 'string',
          required: false,
          nullable: true,
          default: null,
          unique: false,
          caseInsensitive: false,
          hidden: false,
          immutable: false,
        },
      },
      primaryKey: ['id'],
      accessor: 'posts',
      indexes: [],
      search: [],
      rules: [],
      kind: 'table',
      system: false,
      limits: {},
    })
  })

  test('a field is null when absent, unless it is required or has a default', () => {
    const { entities } = defineSchema({
      Post: {
        fields: {
          id,
          given: f.string({ required: true }),
          givenOrNull: f.string({ required: true, nullable: true }),
          defaulted: f.string({ default: 'x' }),
          defaultedOrNull: f.string({ default: 'x', nullable: true }),
        },
      },
    })
    const seen = Object.fromEntries(
      Object.entries(entities['Post']?.fields ?? {}).map(([name, { nullable, default: value }]) => [
        name,
        [nullable, value],
      ]),
    )
    expect(seen).toEqual({
      id: [false, undefined],
      given: [false, undefined],
      givenOrNull: [true, undefined],
      defaulted: [false, 'x'],
      defaultedOrNull: [true, 'x'],
    })
  })

  test('the parts of a composite key are required, a uuid among them too', () => {
    const schema = defineSchema({
      Line: { fields: { order: f.uuid({ primary: true }), number: f.integer({ primary: true }) } },
    })
    expect(schema.entities['Line']?.primaryKey).toEqual(['order', 'number'])
    expect(schema.entities['Line']?.fields['order']).toMatchObject({ required: true, immutable: true })
    expect(schema.entities['Line']?.fields['order']).not.toHaveProperty('generated')
  })

  test('accessors are plurals in camelCase, or as given', () => {
    const names = ['LuaScript', 'Category', 'Key', 'Box', 'Address', 'Match', 'Y']
    const schema = define(Object.fromEntries(names.map((name) => [name, { fields: { id } }])))
    expect(names.map((name) => schema.entities[name]?.accessor)).toEqual([
      'luaScripts',
      'categories',
      'keys',
      'boxes',
      'addresses',
      'matches',
      'ies',
    ])
    expect(define({ Staff: { fields: { id }, accessor: 'staff' } }).entities['Staff']?.accessor).toBe('staff')
  })

  test('is frozen to its depths and keeps nothing of the argument', () => {
    const values = ['a', 'b']
    const schema = define({ Post: { fields: { id, kind: { type: 'enum', values } } } })
    values.push('c')
    const kind = schema.entities['Post']?.fields['kind']
    expect(kind?.values).toEqual(['a', 'b'])
    expect(Object.isFrozen(kind?.values)).toBe(true)
  })

  test('survives structuredClone and JSON, and is accepted again', () => {
    expect(schemaFromData(structuredClone(metabuilderSchema))).toEqual(metabuilderSchema)
    expect(schemaFromData(JSON.parse(JSON.stringify(metabuilderSchema)))).toEqual(metabuilderSchema)
  })

  test.each<[string, unknown, string]>([
    ['unknown type', { type: 'varchar' }, 'type'],
    ['no type', { required: true }, 'type'],
    ['unknown option', { type: 'string', maximum: 3 }, 'maximum'],
    ['option of another type', { type: 'boolean', max: 3 }, 'max'],
    ['option of a wrong type', { type: 'string', required: 'yes' }, 'required'],
    ['min over max', { type: 'string', min: 3, max: 2 }, 'min'],
    ['enum without values', { type: 'enum' }, 'values'],
    ['enum with no value', { type: 'enum', values: [] }, 'values'],
    ['value twice', { type: 'enum', values: ['a', 'a'] }, 'values[1]'],
    ['bad pattern', { type: 'string', pattern: '[' }, 'pattern'],
    ['pattern that is one only outside of Unicode mode', { type: 'string', pattern: '\\-' }, 'pattern'],
    ['required with a default', { type: 'string', required: true, default: 'x' }, 'required'],
    ['neither given nor null', { type: 'string', nullable: false }, 'nullable'],
    ['default of another type', { type: 'integer', default: '1' }, 'default'],
    ['default out of range', { type: 'integer', default: 6, max: 5 }, 'default'],
    ['default that is no integer', { type: 'integer', default: 1.5 }, 'default'],
    ['default outside of the enum', { type: 'enum', values: ['a'], default: 'b' }, 'default'],
    ['default against the pattern', { type: 'string', pattern: '^a$', default: 'b' }, 'default'],
    ['default that is too long', { type: 'string', max: 1, default: 'ab' }, 'default'],
    ['default null that cannot be', { type: 'string', nullable: false, default: null }, 'default'],
    ['default that is no date', { type: 'datetime', default: '2026-01-01' }, 'default'],
    ['default that is no uuid', { type: 'uuid', default: 'abc' }, 'default'],
    ['default for bytes', { type: 'bytes', default: 'abc' }, 'default'],
    ['default outside of the subset', { type: 'json', subsetOf: ['a'], default: ['b'] }, 'default'],
    ['default that JSON cannot hold', { type: 'json', default: { at: new Date() } }, 'default.at'],
    [
      'default with a forbidden key',
      { type: 'json', default: JSON.parse('{"a":{"__proto__":1}}') },
      'default.a',
    ],
    ['reference without a field', { type: 'uuid', references: 'User' }, 'references'],
    ['reference to nothing', { type: 'uuid', references: 'Nobody.id' }, 'references'],
    ['reference to no field', { type: 'uuid', references: 'Post.nothing' }, 'references'],
    ['reference to what is inherited', { type: 'uuid', references: 'constructor.name' }, 'references'],
    ['reference of another type', { type: 'string', references: 'Post.id' }, 'references'],
    ['action without a reference', { type: 'uuid', onDelete: 'cascade' }, 'references'],
    ['unknown action', { type: 'uuid', references: 'Post.id', onDelete: 'explode' }, 'onDelete'],
    [
      'set null where null cannot be',
      { type: 'uuid', references: 'Post.id', onDelete: 'setNull', required: true },
      'onDelete',
    ],
  ])('refuses a field with %s', (_what, field, option) => {
    expect(ofField(field)).toEqual([`Post.fields.field.${option}`])
  })

  test('keys named constructor and prototype are a json value like any other', () => {
    const value = { constructor: 1, prototype: { a: [2] } }
    const schema = define({ Post: { fields: { id, field: f.json({ default: value }) } } })
    expect(schema.entities['Post']?.fields['field']?.default).toEqual(value)
  })

  test.each<[string, unknown, string]>([
    ['no fields', {}, 'primaryKey'],
    ['no primary key', { fields: { a: 'string' } }, 'primaryKey'],
    ['a key of no field', { fields: { id }, primaryKey: ['key'] }, 'primaryKey[0]'],
    ['a nullable key', { fields: { id, a: f.string() }, primaryKey: ['a'] }, 'primaryKey'],
    ['an unknown member', { fields: { id }, indices: [] }, 'indices'],
    ['an index over nothing', { fields: { id }, indexes: [[]] }, 'indexes[0]'],
    ['an index over an unknown field', { fields: { id }, indexes: [['a']] }, 'indexes[0][0]'],
    [
      'an index twice',
      { fields: { id, a: f.string() }, indexes: [['a'], { fields: ['a'], unique: true }] },
      'indexes[1]',
    ],
    [
      'an index over what is unique',
      { fields: { id, a: f.string({ unique: true }) }, indexes: [['a']] },
      'indexes[0]',
    ],
    ['an index over the key', { fields: { id }, indexes: [['id']] }, 'indexes[0]'],
    ['a search over an unknown field', { fields: { id }, search: ['a'] }, 'search[0]'],
    ['a search over numbers', { fields: { id, a: f.integer() }, search: ['a'] }, 'search[0]'],
    [
      'a search over a hidden field',
      { fields: { id, a: f.string({ hidden: true }) }, search: ['a'] },
      'search[0]',
    ],
    ['a ttl over an unknown field', { fields: { id }, ttl: 'a' }, 'ttl'],
    ['a ttl that is no instant', { fields: { id, a: f.string() }, ttl: 'a' }, 'ttl'],
    ['an accessor that is no identifier', { fields: { id }, accessor: 'the posts' }, 'accessor'],
    ['an accessor of the client', { fields: { id }, accessor: 'transaction' }, 'accessor'],
    ['an accessor of every object', { fields: { id }, accessor: 'toString' }, 'accessor'],
    ['an accessor that makes a promise', { fields: { id }, accessor: 'then' }, 'accessor'],
    ['bad limits', { fields: { id }, limits: { list: 10, maximum: 5 } }, 'limits'],
    ['a limit of nothing', { fields: { id }, limits: { list: 0 } }, 'limits'],
    [
      'a tree over unknown fields',
      { fields: { id, o: f.integer() }, tree: { parent: 'id', within: 'w', order: 'o' } },
      'tree.within',
    ],
    ['a principal without a role', { fields: { id }, principal: { role: 'role' } }, 'principal.role'],
    ['a field name that is none', { fields: { id, 'a b': 'string' } }, 'fields.a b'],
    ['a field name that filters use', { fields: { id, or: 'string' } }, 'fields.or'],
    ['a reserved field name', { fields: { id, constructor: 'string' } }, 'fields.constructor'],
    ['field names that differ only in case', { fields: { id, a: 'string', A: 'string' } }, 'fields.A'],
    ['a rule for nobody', { fields: { id }, rules: [{ operations: ['read'] }] }, 'rules[0].roles'],
    [
      'a rule for an unknown role',
      { fields: { id }, rules: [{ roles: ['root'], operations: ['read'] }] },
      'rules[0].roles',
    ],
    [
      'a rule for an unknown operation',
      { fields: { id }, rules: [{ roles: ['user'], operations: ['list'] }] },
      'rules[0].operations',
    ],
    [
      'a rule over an unknown field',
      { fields: { id }, rules: [{ roles: ['user'], operations: ['read'], fields: { read: ['x'] } }] },
      'rules[0].fields.read[0]',
    ],
    [
      'a rule with an unknown member',
      { fields: { id }, rules: [{ roles: ['user'], operations: ['read'], filter: 'id = 1' }] },
      'rules[0].filter',
    ],
    [
      'a row filter that is none',
      { fields: { id }, rules: [{ roles: ['user'], operations: ['read'], rowFilter: 'id = ' }] },
      'rules[0].rowFilter',
    ],
    [
      'a check over an unknown field',
      { fields: { id }, rules: [{ roles: ['user'], operations: ['read'], check: 'owner = $user.id' }] },
      'rules[0].check',
    ],
  ])('refuses an entity with %s', (_what, entity, place) => {
    expect(placesOf({ Post: entity })).toEqual([`Post.${place}`])
  })

  test.each([
    '__proto__',
    'constructor',
    'prototype',
    '_dbal_audit',
    'sqlite_master',
    'toString',
    'a b',
    '1a',
    '',
  ])('refuses the entity name %j', (name) => {
    expect(
      placesOf(
        JSON.parse(`{${JSON.stringify(name)}: {"fields": {"id": {"type": "uuid", "primary": true}}}}`),
      ),
    ).toEqual([name])
  })

  test('refuses two entities with one accessor', () => {
    expect(placesOf({ Box: { fields: { id } }, Boxe: { fields: { id } } })).toEqual(['Boxe.accessor'])
  })

  test('a reference needs a unique field', () => {
    const other = { fields: { id, code: f.string() } }
    expect(
      placesOf({ Other: other, Post: { fields: { id, code: f.string({ references: 'Other.code' }) } } }),
    ).toEqual(['Post.fields.code.references'])
  })

  test('tells everything that is wrong at once', () => {
    expect(
      placesOf({
        Post: {
          fields: { id, authorId: f.uuid({ references: 'Author.id' }), kind: 'kind' },
          indexes: [['nothing']],
        },
        Page: { fields: { id, level: f.integer({ default: 9, max: 5 }) }, ttl: 'level' },
      }),
    ).toEqual([
      'Post.fields.kind.type',
      'Post.indexes[0][0]',
      'Page.fields.level.default',
      'Page.ttl',
      'Post.fields.authorId.references',
    ])
  })

  test('never fails in another way, whatever it is given', () => {
    const key = fc.constantFrom(
      'fields',
      'id',
      'type',
      'rules',
      'indexes',
      'references',
      'default',
      'Post',
      '__proto__',
      'limits',
      'values',
    )
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(
          'string',
          'uuid',
          'enum',
          'Post.id',
          '',
          'user',
          'read',
          null,
          true,
          3,
          NaN,
          undefined,
        ),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
      ),
    }))
    fc.assert(
      fc.property(tree, (value) => {
        issuesOf(() => define(value))
        issuesOf(() => schemaFromData({ name: 'x', entities: value }))
        issuesOf(() => schemaFromData(metabuilderSchema, [value]))
      }),
      { numRuns: 500 },
    )
  })
})

describe('schemaFromData', () => {
  test('takes what other tools made: odd names, tables that lean on the database, views without a key', () => {
    const field = { type: 'any', nullable: false }
    const schema = schemaFromData({
      name: 'chinook',
      entities: {
        'Order Details': {
          fields: { 'Unit Price': field },
          primaryKey: ['Unit Price'],
          accessor: 'orderDetails',
        },
        summary: { fields: { total: field }, kind: 'view', accessor: 'summary' },
      },
    })
    expect(schema.entities['Order Details']?.fields['Unit Price']).toMatchObject({
      required: false,
      nullable: false,
    })
    expect(schema.entities['Order Details']?.fields['Unit Price']).not.toHaveProperty('default')
  })

  test.each([null, 3, 'x', [], {}, { name: '', entities: {} }, { name: 'a', entities: {}, more: 1 }])(
    'refuses %j',
    (data) => {
      expect(issuesOf(() => schemaFromData(data))).toHaveLength(1)
    },
  )

  test('refuses our own tables and inherited names in what it is sent', () => {
    const entity = { fields: { id: { type: 'uuid' } }, primaryKey: ['id'] }
    const data = JSON.parse(
      JSON.stringify({ name: 'a', entities: { _dbal_audit: entity, X: entity } }).replace(
        '"X"',
        '"__proto__"',
      ),
    )
    expect(issuesOf(() => schemaFromData(data)).map(({ path }) => path)).toEqual(['_dbal_audit', '__proto__'])
  })
})

describe('withRules', () => {
  const rule = { entity: 'User', roles: ['public'], operations: ['read'] } as const

  test('puts the given rules in place of all others', () => {
    const { entities } = withRules(metabuilderSchema, [rule])
    expect(entities['User']?.rules).toEqual([{ roles: ['public'], operations: ['read'] }])
    expect(entities['PageConfig']?.rules).toEqual([])
    expect(schemaFromData(metabuilderSchema, [rule]).entities).toEqual(entities)
  })

  test('names the rule that is about nothing', () => {
    expect(issuesOf(() => withRules(metabuilderSchema, [rule, { ...rule, entity: 'Nobody' }]))).toEqual([
      { path: 'rules[1].entity', message: 'there is no entity Nobody' },
    ])
    expect(issuesOf(() => schemaFromData(metabuilderSchema, [null]))[0]?.path).toBe('rules[0]')
  })

  test('a bad filter fails where the schema is put to use', () => {
    const issues = issuesOf(() => schemaFromData(metabuilderSchema, [{ ...rule, rowFilter: 'nme = 1' }]))
    expect(issues).toEqual([
      { path: 'User.rules[0].rowFilter', message: 'line 1, column 1: unknown field "nme" of User' },
    ])
  })
})
