import { describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'

const database = { name: 'app', durability: 'relaxed', persistence: 'required' }
const sound = {
  schema: {},
  database,
  security: { sandbox: 'permissive', auditLog: false, rawSql: true },
  limits: { listMaximum: 5 },
}
const issues = (value: unknown) => {
  try {
    readConfig(value)
  } catch (error) {
    return (error as { details: { issues: { path: string }[] } }).details.issues.map(({ path }) => path)
  }
  return []
}

describe('a configuration', () => {
  it('is read with everything that it says', () => {
    expect(readConfig(sound)).toEqual({ ...sound, rules: undefined, migrations: undefined })
  })

  it('has defaults', () => {
    expect(readConfig({ schema: null, database: { name: 'a' } })).toMatchObject({
      database: { durability: 'strict', persistence: 'preferred' },
      security: { sandbox: 'strict', auditLog: true, rawSql: false },
      limits: {},
    })
  })

  it.each(['', '.', '..', 'a/b', 'a\\b', 'a\nb', 'x'.repeat(101), 7, undefined, '\ud800'])(
    'refuses the name %j',
    (name) => {
      expect(issues({ ...sound, database: { ...database, name } })).toEqual(['database.name'])
    },
  )

  it.each(['app', 'Order Details', 'größe', '.hidden', '%2F'])('takes the name %j', (name) => {
    expect(issues({ ...sound, database: { ...database, name } })).toEqual([])
  })

  it.each([
    [['database.durability'], { database: { ...database, durability: 'none' } }],
    [['security.sandbox'], { security: { sandbox: 'off' } }],
    [['security.auditLog'], { security: { auditLog: 'yes' } }],
    [['security.rawSql'], { security: { rawSql: 'yes' } }],
    [['limits.listMaximum'], { limits: { listMaximum: 0 } }],
    [['limits.nothing'], { limits: { nothing: 1 } }],
    [['file'], { file: 'bytes' }],
    [['rules'], { rules: {} }],
    [['migrations[0]'], { migrations: [null] }],
    [['config.surprise'], { surprise: 1 }],
  ])('names %j', (paths, change) => {
    expect(issues({ ...sound, ...change })).toEqual(paths)
  })

  it.each([null, 5, 'x', []])('that is %j is refused', (value) => {
    expect(issues(value)).toContain('config')
  })
})
