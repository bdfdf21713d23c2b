/** Transactions: all or nothing, what is seen inside and by others, transactions inside of transactions, their limits. */

import type { CallStep, InnerStep, Topic } from '../case.ts'
import { page, user } from '../seeds.ts'

const make = (slug: string, more: object = {}): InnerStep => ({
  call: ['PageConfig.create', { slug, title: slug, level: 1, ...more }],
  save: slug,
})
const slugs = (as: string, ...values: readonly string[]): CallStep => ({
  as,
  call: ['PageConfig.list', { sort: { slug: 'asc' } }],
  expect: { data: { $column: 'slug', $values: values } },
})
const counted = (count: number): InnerStep => ({ call: ['PageConfig.count'], expect: count })
const remove = (slug: string): InnerStep => ({ call: ['PageConfig.delete', `$${slug}.id`], expect: true })

export const transactions: Topic = {
  topic: 'transactions',
  cases: [
    {
      name: 'keep all of it when the function ends',
      steps: [
        {
          as: 'god',
          transaction: [make('a'), make('b')],
          audit: [
            { operation: 'create', entity: 'PageConfig', success: true },
            { operation: 'create', entity: 'PageConfig', success: true },
          ],
        },
        slugs('god', 'a', 'b'),
      ],
    },
    {
      name: 'keep nothing when the function throws',
      given: [page('old')],
      steps: [
        { as: 'god', transaction: [make('a'), remove('old')], throws: true, audit: [] },
        slugs('god', 'old'),
      ],
    },
    {
      name: 'may be empty',
      steps: [
        { as: 'god', transaction: [], audit: [] },
        { as: 'public', transaction: [], throws: true },
      ],
    },
    {
      name: 'show inside what was written there',
      given: [page('old')],
      steps: [
        {
          as: 'god',
          transaction: [
            counted(1),
            make('a'),
            counted(2),
            { call: ['PageConfig.read', '$a.id'], expect: { slug: 'a' } },
            { call: ['PageConfig.update', '$a.id', { title: 'New' }], expect: { title: 'New' } },
            { call: ['PageConfig.list', { filter: { title: 'New' } }], expect: { data: [{ slug: 'a' }] } },
            remove('old'),
            { call: ['PageConfig.read', '$old.id'], error: 'NOT_FOUND' },
            counted(1),
          ],
        },
      ],
    },
    {
      name: 'let others wait: a read sees what is committed',
      given: [page('old')],
      steps: [
        {
          as: 'god',
          transaction: [make('a'), { beside: slugs('supergod', 'a', 'b', 'old') }, make('b'), counted(3)],
        },
      ],
    },
    {
      name: 'let others wait: a read sees nothing of what is undone',
      given: [page('old')],
      steps: [
        {
          as: 'god',
          transaction: [
            make('a'),
            { beside: slugs('public', 'old') },
            remove('old'),
            { beside: slugs('user', 'old') },
          ],
          throws: true,
        },
      ],
    },
    {
      name: 'let others wait: a write comes after it',
      given: [page('old')],
      steps: [
        {
          as: 'god',
          transaction: [
            { beside: { as: 'supergod', call: ['PageConfig.update', '$old.id', { title: 'Theirs' }] } },
            { call: ['PageConfig.update', '$old.id', { title: 'Mine' }] },
            { call: ['PageConfig.read', '$old.id'], expect: { title: 'Mine' } },
          ],
        },
        { as: 'god', call: ['PageConfig.read', '$old.id'], expect: { title: 'Theirs' } },
      ],
    },
    {
      name: 'let others wait: a unique value that was given back is free',
      steps: [
        {
          as: 'god',
          transaction: [
            make('a'),
            {
              beside: {
                as: 'supergod',
                call: ['PageConfig.create', { slug: 'a', title: 'Theirs', level: 1 }],
              },
            },
          ],
          throws: true,
        },
        { as: 'god', call: ['PageConfig.list', {}], expect: { data: [{ title: 'Theirs' }] } },
      ],
    },
    {
      name: 'let others wait: a unique value that was kept is taken',
      steps: [
        {
          as: 'god',
          transaction: [
            make('a'),
            {
              beside: {
                as: 'supergod',
                call: ['PageConfig.create', { slug: 'a', title: 'Theirs', level: 1 }],
                error: 'CONFLICT',
              },
            },
          ],
        },
        { as: 'god', call: ['PageConfig.list', {}], expect: { data: [{ title: 'a' }] } },
      ],
    },
    {
      name: 'go on after a call that was refused, which undoes itself alone',
      given: [page('old')],
      steps: [
        {
          as: 'god',
          transaction: [
            make('a'),
            { call: ['PageConfig.create', { slug: 'old', title: 'Again', level: 1 }], error: 'CONFLICT' },
            {
              call: ['PageConfig.create', { slug: 'Not a slug', title: 'x', level: 1 }],
              error: 'VALIDATION_ERROR',
            },
            { call: ['PageConfig.updateMany', { slug: 'a' }, { level: 99 }], error: 'VALIDATION_ERROR' },
            make('b'),
          ],
        },
        slugs('god', 'a', 'b', 'old'),
      ],
    },
    {
      name: 'hold each call to the rules, and record what was denied also when all is undone',
      given: [user('alice'), page('secret', { level: 5 })],
      steps: [
        {
          as: '$alice',
          transaction: [
            { call: ['PageConfig.read', '$secret.id'], error: 'NOT_FOUND', absent: ['secret'] },
            { call: ['PageConfig.create', { slug: 'a', title: 'a', level: 1 }], error: 'FORBIDDEN' },
            { call: ['User.update', '$alice.id', { bio: 'x' }], expect: { bio: 'x' } },
          ],
          throws: true,
          audit: [{ operation: 'create', entity: 'PageConfig', success: false, code: 'FORBIDDEN' }],
        },
        { as: 'god', call: ['User.read', '$alice.id'], expect: { bio: null } },
      ],
    },
    {
      name: 'can be had by everybody who may call at all',
      given: [page('open')],
      steps: [
        {
          as: 'public',
          transaction: [
            counted(1),
            { call: ['PageConfig.create', { slug: 'a', title: 'a', level: 1 }], error: 'FORBIDDEN' },
          ],
        },
      ],
    },
    {
      name: 'hold batches, which are undone whole and alone',
      steps: [
        {
          as: 'god',
          transaction: [
            make('a'),
            {
              call: [
                'batch',
                [
                  { method: 'create', params: ['PageConfig', { slug: 'b', title: 'b', level: 1 }] },
                  { method: 'create', params: ['PageConfig', { slug: 'a', title: 'a', level: 1 }] },
                ],
              ],
              error: 'CONFLICT',
            },
            counted(1),
            {
              call: [
                'batch',
                [
                  { method: 'create', params: ['PageConfig', { slug: 'c', title: 'c', level: 1 }] },
                  { method: 'count', params: ['PageConfig'] },
                ],
              ],
              expect: [{ slug: 'c' }, 2],
            },
          ],
        },
        slugs('god', 'a', 'c'),
      ],
    },
    {
      name: 'undo the part of an inner one that throws, and keep the rest',
      steps: [
        {
          as: 'god',
          transaction: [
            make('a'),
            { nested: [make('b'), counted(2)], throws: true },
            counted(1),
            { nested: [make('c'), { nested: [make('d')], throws: true }, counted(2)] },
            counted(2),
          ],
        },
        slugs('god', 'a', 'c'),
      ],
    },
    {
      name: 'undo an inner one that is done when the outer one throws',
      steps: [
        {
          as: 'god',
          transaction: [{ nested: [make('a'), { nested: [make('b')] }] }, counted(2)],
          throws: true,
        },
        slugs('god'),
      ],
    },
    {
      name: 'can write a key again that an inner one has given back',
      steps: [
        {
          as: 'god',
          transaction: [
            { nested: [make('a')], throws: true },
            make('a'),
            { nested: [remove('a')], throws: true },
            counted(1),
          ],
        },
        slugs('god', 'a'),
      ],
    },
    {
      name: 'take what foreign keys take, and give it back',
      given: [
        page('home'),
        { as: 'god', call: ['ComponentNode.create', { pageId: '$home.id', type: 'Box' }], save: 'box' },
      ],
      steps: [
        {
          as: 'god',
          transaction: [remove('home'), { call: ['ComponentNode.count'], expect: 0 }],
          throws: true,
        },
        { as: 'god', call: ['ComponentNode.count'], expect: 1 },
        { as: 'god', transaction: [remove('home')] },
        { as: 'god', call: ['ComponentNode.count'], expect: 0 },
      ],
    },
    {
      name: 'tell live queries once, after the commit',
      steps: [
        { as: 'public', watch: ['PageConfig', { sort: { slug: 'asc' } }], save: 'feed' },
        {
          as: 'god',
          transaction: [make('b'), make('a'), make('c'), remove('c')],
          events: { feed: [{ rows: { $column: 'slug', $values: ['a', 'b'] }, removed: [] }] },
        },
      ],
    },
    {
      name: 'tell live queries nothing of what is undone',
      given: [page('old')],
      steps: [
        { as: 'public', watch: ['PageConfig', {}], save: 'feed' },
        { as: 'god', transaction: [make('a'), remove('old')], throws: true, events: { feed: [] } },
        {
          as: 'god',
          transaction: [{ nested: [make('a')], throws: true }, make('b')],
          events: { feed: [{ added: [{ slug: 'b' }] }] },
        },
      ],
    },
    {
      name: 'are undone when they are idle for too long',
      steps: [
        {
          as: 'god',
          options: { idleTimeout: 50 },
          transaction: [make('a'), { wait: 400 }, { call: ['PageConfig.count'], error: 'TIMEOUT' }],
          error: 'TIMEOUT',
        },
        slugs('god'),
      ],
    },
    {
      name: 'are undone when they take too long in all',
      steps: [
        {
          as: 'god',
          options: { timeout: 100 },
          transaction: [make('a'), { wait: 500 }],
          error: { code: 'TIMEOUT', details: { reason: 'timeout' } },
        },
        slugs('god'),
      ],
    },
    {
      name: 'let nobody wait longer than their limit',
      steps: [
        {
          as: 'god',
          options: { idleTimeout: 50 },
          transaction: [make('a'), { beside: slugs('public') }, { wait: 400 }],
          error: 'TIMEOUT',
        },
      ],
    },
    {
      name: 'refuse options that are none',
      steps: [
        { as: 'god', options: { mode: 'lazy' }, transaction: [make('a')], error: 'VALIDATION_ERROR' },
        { as: 'god', options: { idleTimeout: 0 }, transaction: [make('a')], error: 'VALIDATION_ERROR' },
        { as: 'god', options: { timeout: 9_000_000 }, transaction: [make('a')], error: 'VALIDATION_ERROR' },
        { as: 'god', options: { isolation: 'dirty' }, transaction: [make('a')], error: 'VALIDATION_ERROR' },
        slugs('god'),
      ],
    },
    {
      name: 'work in each mode',
      steps: ['deferred', 'immediate', 'exclusive'].map((mode) => ({
        as: 'god',
        options: { mode },
        transaction: [make(mode), { beside: { as: 'public', call: ['PageConfig.count'] } }],
      })),
    },
  ],
}
