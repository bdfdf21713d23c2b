import { expect, test } from 'vitest'
import { defineSchema } from '../define.ts'
import { parseRowFilter } from '../row-filter.ts'
import { metabuilderDefinitions, metabuilderSchema } from './index.ts'

test('the built-in schema is what defineSchema makes of its definitions, checks included', () => {
  expect(defineSchema(metabuilderDefinitions, { name: 'metabuilder' })).toEqual(metabuilderSchema)
})

test('every entity has an id and createdAt, all but Session have updatedAt', () => {
  for (const [name, { fields, primaryKey }] of Object.entries(metabuilderSchema.entities)) {
    expect(primaryKey).toEqual(['id'])
    expect(fields['id']?.generated).toBe('id')
    expect(fields['createdAt']?.generated).toBe('createdAt')
    expect(fields['updatedAt']?.generated).toBe(name === 'Session' ? undefined : 'updatedAt')
  }
})

/** One line a field, as the reference has them: required, unique, nullable, default, constraint. */
test('the fields are as the reference says', () => {
  const lines = Object.entries(metabuilderSchema.entities).flatMap(([entity, { fields }]) =>
    Object.entries(fields)
      .filter(([, { generated }]) => !generated)
      .map(([name, { type, required, unique, nullable, default: value, hidden, references, ...rest }]) => {
        const { min, max, pattern, values, subsetOf, caseInsensitive } = rest
        return [
          `${entity}.${name} ${type}`,
          required && 'R',
          unique && (caseInsensitive ? 'U, case-insensitive' : 'U'),
          nullable && 'null',
          value !== undefined && value !== null && `D ${JSON.stringify(value)}`,
          (min ?? max) !== undefined && `${min ?? ''}–${max ?? ''}`,
          pattern,
          values?.join(),
          subsetOf && `subset of ${subsetOf.length}`,
          references &&
            `${references.entity}.${references.field} ${references.onDelete} ${references.onUpdate}`,
          hidden && 'hidden',
        ]
          .filter(Boolean)
          .join(' · ')
      }),
  )
  expect(lines).toEqual([
    'User.username string · R · U, case-insensitive · 3–50 · ^[a-zA-Z0-9_-]+$',
    'User.email email · R · U, case-insensitive · –255',
    'User.role enum · D "user" · user,admin,god,supergod',
    'User.profilePicture string · null · –2048',
    'User.bio text · null',
    'Credential.username string · R · U, case-insensitive · User.username cascade cascade',
    'Credential.passwordHash string · R · hidden',
    'Credential.firstLogin boolean · D true',
    'Session.userId uuid · R · User.id cascade noAction',
    'Session.token string · R · U · hidden',
    'Session.expiresAt datetime · R',
    'Session.lastActivity datetime · null',
    'PageConfig.slug string · R · U · –255 · ^[a-z0-9-/]+$',
    'PageConfig.title string · R · 1–255',
    'PageConfig.description text · null',
    'PageConfig.icon string · null · –255',
    'PageConfig.level integer · R · 1–5',
    'PageConfig.layout json · D {}',
    'PageConfig.isPublished boolean · D true',
    'PageConfig.sortOrder integer · D 0 · 0–',
    'ComponentNode.pageId uuid · R · PageConfig.id cascade noAction',
    'ComponentNode.parentId uuid · null · ComponentNode.id cascade noAction',
    'ComponentNode.type string · R · 1–100',
    'ComponentNode.order integer · D 0 · 0–',
    'ComponentNode.props json · D {}',
    'Workflow.name string · R · U · 1–255',
    'Workflow.description text · null',
    'Workflow.trigger enum · R · manual,schedule,event,webhook',
    'Workflow.triggerConfig json · D {}',
    'Workflow.steps json · R',
    'Workflow.isActive boolean · D true',
    'Workflow.createdBy uuid · R · User.id restrict noAction',
    'LuaScript.name string · R · U · 1–255',
    'LuaScript.description text · null',
    'LuaScript.code text · R',
    'LuaScript.isSandboxed boolean · D true',
    'LuaScript.allowedGlobals json · D [] · subset of 18',
    'LuaScript.timeoutMs integer · D 5000 · 100–30000',
    'LuaScript.createdBy uuid · R · User.id restrict noAction',
    'InstalledPackage.name string · R · 1–255',
    'InstalledPackage.version string · R · ^\\d+\\.\\d+\\.\\d+$',
    'InstalledPackage.description text · null',
    'InstalledPackage.author string · R · 1–255',
    'InstalledPackage.manifest json · R',
    'InstalledPackage.isInstalled boolean · D false',
    'InstalledPackage.installedAt datetime · null',
    'InstalledPackage.installedBy uuid · null · User.id setNull noAction',
  ])
})

test('lists, search, expiry and the engine’s own entities are as the reference says', () => {
  const { entities } = metabuilderSchema
  const of = <K extends keyof (typeof entities)[string]>(key: K) =>
    Object.fromEntries(Object.entries(entities).map(([name, entity]) => [name, entity[key]]))
  const usual = {}
  const large = { list: 50, maximum: 200 }
  expect(of('limits')).toEqual({
    User: usual,
    Credential: usual,
    Session: large,
    PageConfig: usual,
    ComponentNode: large,
    Workflow: usual,
    LuaScript: usual,
    InstalledPackage: usual,
  })
  const named = (list: Record<string, unknown>) => Object.keys(list).filter((name) => list[name])
  expect(named(of('system'))).toEqual(['Credential', 'Session'])
  expect(named(of('ttl'))).toEqual(['Session'])
  expect(entities['User']?.search).toEqual(['username', 'email'])
  expect(entities['Credential']?.rules).toEqual([])
  expect(entities['Session']?.rules).toEqual([])
})

test('every role has the operations that the reference gives it', () => {
  const matrix = Object.entries(metabuilderSchema.entities).flatMap(([entity, { rules }]) =>
    ['public', 'user', 'admin', 'god', 'supergod'].flatMap((role) => {
      const mine = rules.filter(({ roles }) => (roles as readonly string[]).includes(role))
      const operations = mine.map(
        ({ operations, rowFilter }) => operations.join() + (rowFilter ? ` where ${rowFilter}` : ''),
      )
      return operations.length > 0 ? [`${entity} ${role}: ${operations.join('; ')}`] : []
    }),
  )
  const all = 'create,read,update,delete'
  expect(matrix).toEqual([
    'User user: read,update where id = $user.id',
    `User admin: ${all}`,
    `User god: ${all}`,
    `User supergod: ${all}`,
    'PageConfig public: read where level <= $user.level and isPublished = true',
    'PageConfig user: read where level <= $user.level',
    'PageConfig admin: read where level <= $user.level',
    `PageConfig god: ${all}`,
    `PageConfig supergod: ${all}`,
    `ComponentNode god: ${all}`,
    `ComponentNode supergod: ${all}`,
    `Workflow god: ${all}`,
    `Workflow supergod: ${all}`,
    `LuaScript god: ${all}`,
    `LuaScript supergod: ${all}`,
    'InstalledPackage admin: read',
    `InstalledPackage god: ${all}`,
    `InstalledPackage supergod: ${all}`,
  ])
})

test('every row filter parses', () => {
  for (const [entity, { rules }] of Object.entries(metabuilderSchema.entities)) {
    for (const { rowFilter } of rules) {
      if (rowFilter) parseRowFilter(rowFilter, { place: entity, schema: metabuilderSchema, entity })
    }
  }
})
