import { describe, expect, test } from 'vitest'
import { DBALError } from '../protocol/error.ts'
import { type Definitions, defineSchema } from './define.ts'
import { f } from './fields.ts'
import { metabuilderSchema } from './metabuilder/index.ts'
import { relationsOf } from './relations.ts'

const id = f.id()
const namesOf = (definitions: Definitions) =>
  Object.fromEntries(
    Object.entries(relationsOf(defineSchema(definitions))).map(([entity, relations]) => [
      entity,
      relations.map(({ name }) => name),
    ]),
  )

describe('relationsOf', () => {
  test('names the relations of the built-in schema', () => {
    const relations = relationsOf(metabuilderSchema)
    expect(relations['ComponentNode']).toEqual([
      { name: 'page', kind: 'one', entity: 'PageConfig', localField: 'pageId', foreignField: 'id' },
      { name: 'parent', kind: 'one', entity: 'ComponentNode', localField: 'parentId', foreignField: 'id' },
      {
        name: 'componentNodes',
        kind: 'many',
        entity: 'ComponentNode',
        localField: 'id',
        foreignField: 'parentId',
      },
    ])
    expect(relations['Workflow']?.map(({ name }) => name)).toEqual(['createdByUser'])
    expect(relations['User']?.map(({ name }) => name)).toEqual([
      'credentials',
      'sessions',
      'workflows',
      'luaScripts',
      'installedPackages',
    ])
  })

  test('the way back says by which field when there are two', () => {
    expect(
      namesOf({
        User: { fields: { id } },
        Post: {
          fields: {
            id,
            authorId: f.uuid({ references: 'User.id' }),
            editorId: f.uuid({ references: 'User.id' }),
          },
        },
      }),
    ).toEqual({ User: ['postsByAuthorId', 'postsByEditorId'], Post: ['author', 'editor'] })
  })

  test('as and inverse name them otherwise', () => {
    expect(
      namesOf({
        User: { fields: { id } },
        Post: { fields: { id, owner: f.uuid({ references: 'User.id', as: 'writer', inverse: 'written' }) } },
      }),
    ).toEqual({ User: ['written'], Post: ['writer'] })
  })

  test('a relation with the name of a field or of another relation fails at definition', () => {
    const define = () =>
      defineSchema({
        User: { fields: { id, posts: f.json() } },
        Post: {
          fields: {
            id,
            author: f.text(),
            authorId: f.uuid({ references: 'User.id' }),
            author_id: f.uuid({ references: 'Post.id', inverse: 'same' }),
            otherId: f.uuid({ references: 'Post.id', as: 'same' }),
          },
        },
      })
    expect(define).toThrow(DBALError)
    try {
      define()
    } catch (error) {
      expect((error as DBALError<'VALIDATION_ERROR'>).details?.issues.map(({ path }) => path)).toEqual([
        'Post.fields.authorId.as',
        'Post.fields.authorId.inverse',
        'Post.fields.author_id.as',
        'Post.fields.otherId.as',
      ])
    }
  })

  test('a field named Id alone has no stem to be named after', () => {
    expect(
      namesOf({
        User: { fields: { id } },
        Profile: { fields: { id: f.uuid({ primary: true, references: 'User.id' }) } },
      }),
    ).toEqual({ User: ['profiles'], Profile: ['idUser'] })
  })
})
