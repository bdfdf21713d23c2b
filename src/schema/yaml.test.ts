import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DBALError, type Issue } from '../protocol/error.ts'
import { defineSchema } from './define.ts'
import { f } from './fields.ts'
import { fromYaml } from './yaml.ts'

function issuesOf(text: string): readonly Issue[] {
  try {
    fromYaml(text)
  } catch (error) {
    if (error instanceof DBALError && error.is('VALIDATION_ERROR')) return error.details?.issues ?? []
    throw error
  }
  return []
}

const blog = `
name: blog
entities:
  Author:
    fields:
      id: { type: uuid, primary: true }
      name: { type: string, required: true, unique: true }
  Post:
    fields:
      id: { type: uuid, primary: true }
      title: { type: string, required: true, max: 200 }
      body: text
      state: { type: enum, values: [draft, live], default: draft }
      authorId: { type: uuid, references: Author.id, onDelete: cascade }
      tags: { type: json, default: [] }
      createdAt: { type: datetime, generated: createdAt }
    indexes:
      - [authorId, createdAt]
      - { fields: [title, authorId], unique: true }
    search: [title, body]
    rules:
      - roles: [user]
        operations: [read, create]
        rowFilter: authorId = $user.id
`

describe('fromYaml', () => {
  test('gives what defineSchema gives', () => {
    expect(fromYaml(blog)).toEqual(
      defineSchema(
        {
          Author: { fields: { id: f.id(), name: f.string({ required: true, unique: true }) } },
          Post: {
            fields: {
              id: f.id(),
              title: f.string({ required: true, max: 200 }),
              body: f.text(),
              state: f.enum(['draft', 'live'], { default: 'draft' }),
              authorId: f.uuid({ references: 'Author.id', onDelete: 'cascade' }),
              tags: f.json({ default: [] }),
              createdAt: f.createdAt(),
            },
            indexes: [['authorId', 'createdAt'], { fields: ['title', 'authorId'], unique: true }],
            search: ['title', 'body'],
            rules: [{ roles: ['user'], operations: ['read', 'create'], rowFilter: 'authorId = $user.id' }],
          },
        },
        { name: 'blog' },
      ),
    )
  })

  test.each<[string, string, string, string]>([
    ['an unknown type', blog.replace('body: text', 'body: texts'), 'Post.fields.body.type', 'line 12: '],
    ['an unknown option', blog.replace('max: 200', 'maxx: 200'), 'Post.fields.title.maxx', 'line 11: '],
    [
      'a reference to nothing',
      blog.replace('Author.id', 'Writer.id'),
      'Post.fields.authorId.references',
      'line 14: ',
    ],
    [
      'a bad index',
      blog.replace('[authorId, createdAt]', '[authorId, changedAt]'),
      'Post.indexes[0][1]',
      'line 18: ',
    ],
    [
      'a bad rule',
      blog.replace('authorId = $user.id', 'owner = $user.id'),
      'Post.rules[0].rowFilter',
      'line 24: line 1, column 1: ',
    ],
    ['a missing key', blog.replaceAll(', primary: true', ''), 'Author.primaryKey', 'line 4: '],
    ['a broken line', blog.replace('[title, body]', '[title, body'), '', 'line 21: '],
    ['a key twice', blog.replace('body: text', 'title: text'), '', 'line 12: '],
    ['an unknown tag', blog.replace('body: text', 'body: !thing text'), '', 'line 12: '],
    ['an unknown section', `${blog}tables: 1`, 'tables', 'line 25: '],
    ['a name that is no text', blog.replace('name: blog', 'name: [1]'), 'name', 'line 2: '],
    ['no entities', 'name: a', 'entities', 'line 1: '],
    ['a list', '- a', 'entities', 'line 1: '],
  ])('names the line of %s', (_what, text, path, start) => {
    const [issue] = issuesOf(text)
    expect(issue?.path).toBe(path)
    expect(issue?.message.slice(0, start.length)).toBe(start)
  })

  test('a text that multiplies itself is refused', () => {
    const levels = Array.from(
      { length: 12 },
      (_, at) => `x${at + 1}: &x${at + 1} [${'*x'.concat(String(at)).concat(', ').repeat(9)}]`,
    )
    expect(() => fromYaml(`x0: &x0 [a]\n${levels.join('\n')}`)).toThrow(DBALError)
  })

  test('text of any kind is read or refused', () => {
    const line = fc.constantFrom(
      'entities:',
      '  Post:',
      '    fields:',
      '      id: uuid',
      '- a',
      'a: b',
      '&a',
      '*a',
      '? x',
      '{',
      '!!set',
      '%YAML',
      '---',
      '__proto__: 1',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(line).map((lines) => lines.join('\n')),
        ),
        (text) => void issuesOf(text),
      ),
    )
  })
})
