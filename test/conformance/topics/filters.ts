import type { Case, Json, Topic } from '../case.ts'
import { node, page, user } from '../seeds.ts'

/** Six pages that differ in every field a filter may ask about. */
const pages = [
  page('about', {
    title: 'About us',
    level: 1,
    icon: 'info',
    sortOrder: 10,
    layout: { columns: 2, theme: { name: 'dark' }, tags: ['x'] },
  }),
  page('blog', {
    title: 'Blog',
    level: 2,
    icon: null,
    sortOrder: 20,
    layout: { columns: 3, theme: { name: 'light' } },
  }),
  page('contact', {
    title: 'Contact 100%',
    level: 2,
    icon: 'mail',
    sortOrder: 30,
    isPublished: false,
    layout: { columns: '2' },
  }),
  page('docs/a', {
    title: 'docs_A',
    level: 3,
    icon: 'book',
    sortOrder: 40,
    description: 'long',
    layout: { columns: null },
  }),
  page('docs/b', {
    title: 'DocsB',
    level: 4,
    icon: 'book',
    sortOrder: 50,
    isPublished: false,
    layout: [1, 2],
  }),
  page('zebra', { title: "Zoë's [*?] page", level: 5, icon: null, sortOrder: 60, layout: { on: true } }),
]

const all = ['about', 'blog', 'contact', 'docs/a', 'docs/b', 'zebra']

/** What a filter over the pages finds. */
const found: readonly (readonly [name: string, filter: Json, slugs: readonly string[]])[] = [
  ['nothing asked for is every row', {}, all],
  ['a value is equality', { slug: 'blog' }, ['blog']],
  ['eq', { level: { eq: 2 } }, ['blog', 'contact']],
  ['ne', { level: { ne: 2 } }, ['about', 'docs/a', 'docs/b', 'zebra']],
  ['gt leaves the value itself out', { level: { gt: 3 } }, ['docs/b', 'zebra']],
  ['gte takes the value in', { level: { gte: 3 } }, ['docs/a', 'docs/b', 'zebra']],
  ['lt leaves the value itself out', { level: { lt: 2 } }, ['about']],
  ['lte takes the value in', { level: { lte: 2 } }, ['about', 'blog', 'contact']],
  ['between takes both ends in', { level: { between: [2, 3] } }, ['blog', 'contact', 'docs/a']],
  ['between whose ends are swapped finds nothing', { level: { between: [3, 2] } }, []],
  ['in', { slug: { in: ['blog', 'zebra', 'nothing'] } }, ['blog', 'zebra']],
  ['in of an empty list finds nothing', { slug: { in: [] } }, []],
  ['notIn', { slug: { notIn: ['blog', 'zebra'] } }, ['about', 'contact', 'docs/a', 'docs/b']],
  ['notIn of an empty list is every row', { slug: { notIn: [] } }, all],
  ['null is equality with null', { icon: null }, ['blog', 'zebra']],
  ['isNull true', { icon: { isNull: true } }, ['blog', 'zebra']],
  ['isNull false', { icon: { isNull: false } }, ['about', 'contact', 'docs/a', 'docs/b']],
  ['ne null', { icon: { ne: null } }, ['about', 'contact', 'docs/a', 'docs/b']],
  ['ne leaves out rows whose value is null', { icon: { ne: 'book' } }, ['about', 'contact']],
  ['notIn leaves out rows whose value is null', { icon: { notIn: ['book'] } }, ['about', 'contact']],
  ['not of an equality leaves out rows whose value is null', { not: { icon: 'book' } }, ['about', 'contact']],
  ['a boolean', { isPublished: false }, ['contact', 'docs/b']],
  ['several operators of a field must all hold', { level: { gt: 1, lt: 4 } }, ['blog', 'contact', 'docs/a']],
  ['several fields must all hold', { level: 2, isPublished: true }, ['blog']],
  ['and', { and: [{ level: { gte: 2 } }, { icon: 'book' }, { isPublished: true }] }, ['docs/a']],
  ['or', { or: [{ slug: 'about' }, { level: 5 }] }, ['about', 'zebra']],
  ['or beside a field', { isPublished: true, or: [{ level: 1 }, { level: 2 }] }, ['about', 'blog']],
  ['not', { not: { level: { in: [1, 2, 3] } } }, ['docs/b', 'zebra']],
  [
    'not of several conditions',
    { not: { level: 2, isPublished: false } },
    ['about', 'blog', 'docs/a', 'docs/b', 'zebra'],
  ],
  [
    'and, or and not inside each other',
    {
      or: [
        { and: [{ level: 2 }, { not: { isPublished: false } }] },
        { not: { or: [{ level: { lt: 5 } }, { icon: 'x' }] } },
      ],
    },
    ['blog'],
  ],
  ['like regards case', { title: { like: 'docs%' } }, ['docs/a']],
  ['like: _ is one character', { slug: { like: 'docs/_' } }, ['docs/a', 'docs/b']],
  [
    'like: % is any run',
    { title: { like: '%o%' } },
    ['about', 'blog', 'contact', 'docs/a', 'docs/b', 'zebra'],
  ],
  ['like matches the whole text', { title: { like: 'Blo' } }, []],
  ['like takes what is special elsewhere as it is', { title: { like: '%[*?]%' } }, ['zebra']],
  ['ilike does not regard the case of ASCII letters', { title: { ilike: 'DOCS%' } }, ['docs/a', 'docs/b']],
  [
    'contains regards case',
    { title: { contains: 'o' } },
    ['about', 'blog', 'contact', 'docs/a', 'docs/b', 'zebra'],
  ],
  ['contains takes % as it is', { title: { contains: '%' } }, ['contact']],
  ['contains takes _ as it is', { title: { contains: '_' } }, ['docs/a']],
  ['contains takes a bracket and a star as they are', { title: { contains: '[*' } }, ['zebra']],
  ['contains takes a quote as it is', { title: { contains: "'s" } }, ['zebra']],
  ['contains finds letters outside ASCII', { title: { contains: 'ë' } }, ['zebra']],
  ['startsWith', { slug: { startsWith: 'docs/' } }, ['docs/a', 'docs/b']],
  ['startsWith takes % as it is', { title: { startsWith: '%' } }, []],
  ['endsWith', { title: { endsWith: 'B' } }, ['docs/b']],
  ['endsWith takes % as it is', { title: { endsWith: '0%' } }, ['contact']],
  ['a JSON path', { 'layout.columns': 2 }, ['about']],
  ['a JSON path does not take a text for a number', { 'layout.columns': '2' }, ['contact']],
  ['a JSON path of several steps', { 'layout.theme.name': 'dark' }, ['about']],
  ['a JSON path with an operator', { 'layout.columns': { gt: 2 } }, ['blog']],
  ['a JSON path to a boolean', { 'layout.on': true }, ['zebra']],
  ['a JSON path with in', { 'layout.theme.name': { in: ['light', 'dark'] } }, ['about', 'blog']],
  ['a JSON path to nothing finds nothing', { 'layout.nothing': 1 }, []],
  ['a whole json value', { layout: { eq: [1, 2] } }, ['docs/b']],
]

const finds: Case[] = found.map(([name, filter, slugs]) => ({
  name,
  given: pages,
  steps: [
    {
      as: 'god',
      call: ['PageConfig.list', { filter, sort: { slug: 'asc' } }],
      expect: { data: { $column: 'slug', $values: slugs } },
    },
    { as: 'god', call: ['PageConfig.count', filter], expect: slugs.length },
  ],
}))

/** Filters that are refused, with the place that is named. */
const refused: readonly (readonly [name: string, filter: Json, path: string])[] = [
  ['an unknown field', { colour: 'red' }, 'filter.colour'],
  ['an unknown operator', { level: { near: 3 } }, 'filter.level.near'],
  ['like on a number', { level: { like: '1%' } }, 'filter.level.like'],
  ['ilike on a number', { level: { ilike: '1%' } }, 'filter.level.ilike'],
  ['contains on a boolean', { isPublished: { contains: 't' } }, 'filter.isPublished.contains'],
  ['startsWith on a date', { createdAt: { startsWith: '2026' } }, 'filter.createdAt.startsWith'],
  ['endsWith on a UUID', { id: { endsWith: 'a' } }, 'filter.id.endsWith'],
  ['gt on a boolean', { isPublished: { gt: false } }, 'filter.isPublished.gt'],
  ['gt on json', { layout: { gt: 1 } }, 'filter.layout.gt'],
  ['gt null', { level: { gt: null } }, 'filter.level.gt'],
  ['a text for a number', { level: '1' }, 'filter.level'],
  ['a number for a text', { title: 7 }, 'filter.title'],
  ['a text for a boolean', { isPublished: 'true' }, 'filter.isPublished'],
  ['a number for a boolean', { isPublished: 1 }, 'filter.isPublished'],
  ['words for a date', { createdAt: { gt: 'yesterday' } }, 'filter.createdAt.gt'],
  ['a list in place of a value', { level: [1, 2] }, 'filter.level'],
  ['a value in place of the list of in', { level: { in: 1 } }, 'filter.level.in'],
  ['a wrong value in the list of in', { level: { in: [1, 'x'] } }, 'filter.level.in'],
  ['between of one value', { level: { between: [1] } }, 'filter.level.between'],
  ['between of three values', { level: { between: [1, 2, 3] } }, 'filter.level.between'],
  ['isNull of a text', { icon: { isNull: 'yes' } }, 'filter.icon.isNull'],
  ['a pattern that is no text', { title: { like: 5 } }, 'filter.title.like'],
  ['and of an object', { and: { level: 1 } }, 'filter.and'],
  ['or of a text', { or: 'level = 1' }, 'filter.or'],
  ['not of a list', { not: [{ level: 1 }] }, 'filter.not'],
  ['a filter that is a text', 'level = 1', 'filter'],
  ['a filter that is a list', [{ level: 1 }], 'filter'],
  ['a path into a field that is no json', { 'title.length': 3 }, 'filter.title'],
  ['a field of another entity', { username: 'alice' }, 'filter.username'],
  ['__proto__ as a field', { ['__proto__']: 1 }, ''],
  ['constructor as a field', { constructor: 1 }, 'filter.constructor'],
  ['prototype as a field', { prototype: 1 }, 'filter.prototype'],
  ['toString as a field', { toString: 1 }, 'filter.toString'],
  ['constructor as an operator', { level: { constructor: 1 } }, 'filter.level.constructor'],
  ['a filter that is nested 100 deep', { $nest: ['not', 100, { level: 1 }] }, 'filter'],
  ['a filter of 2,000 conditions', { or: { $rows: [2_000, { slug: '#' }] } }, 'filter'],
]

const refusals: Case[] = refused.map(([name, filter, path]) => {
  // What the client itself refuses stands in its arguments, not yet in a filter.
  const issue = {
    code: 'VALIDATION_ERROR',
    details: { issues: { $holds: [{ path: { $pattern: path.replaceAll('.', '\\.') } }] } },
  }
  return {
    name: `refused: ${name}`,
    given: [page('home')],
    steps: [
      { as: 'god', call: ['PageConfig.list', { filter }], error: issue },
      { as: 'god', call: ['PageConfig.findFirst', { filter }], error: issue },
      { as: 'god', call: ['PageConfig.count', filter], error: 'VALIDATION_ERROR' },
      { as: 'god', call: ['PageConfig.updateMany', filter, { title: 'x' }], error: 'VALIDATION_ERROR' },
      { as: 'god', call: ['PageConfig.deleteMany', filter], error: 'VALIDATION_ERROR' },
    ],
  }
})

export const filters: Topic = {
  topic: 'filters',
  cases: [
    ...finds,
    ...refusals,
    {
      name: 'a filter of 200 conditions is answered',
      given: pages,
      steps: [
        {
          as: 'god',
          call: ['PageConfig.list', { filter: { or: { $rows: [200, { slug: 'page-#' }] } } }],
          expect: { data: [] },
        },
        { as: 'god', call: ['PageConfig.count', { slug: { in: { $rows: [900, 's-#'] } } }], expect: 0 },
      ],
    },
    {
      name: 'usernames and addresses are found without regard to case',
      given: [user('Alice'), user('bob')],
      steps: [
        { as: 'god', call: ['User.count', { username: 'ALICE' }], expect: 1 },
        { as: 'god', call: ['User.count', { email: 'aLICE@EXAMPLE.com' }], expect: 1 },
        { as: 'god', call: ['User.count', { username: { in: ['alice', 'BOB'] } }], expect: 2 },
        { as: 'god', call: ['User.count', { username: { startsWith: 'aL' } }], expect: 1 },
        { as: 'god', call: ['User.count', { username: { ne: 'ALICE' } }], expect: 1 },
        { as: 'god', call: ['User.count', { username: { gt: 'ALICE' } }], expect: 1 },
      ],
    },
    {
      name: 'dates in a filter come in any ISO form',
      given: [page('home')],
      steps: [
        { as: 'god', call: ['PageConfig.count', { createdAt: { gt: '2020-01-01' } }], expect: 1 },
        { as: 'god', call: ['PageConfig.count', { createdAt: { lt: '20200101T000000+0100' } }], expect: 0 },
        {
          as: 'god',
          call: ['PageConfig.count', { createdAt: { between: ['2020-01-01', '9999-12-31T23:59:59Z'] } }],
          expect: 1,
        },
        { as: 'god', call: ['PageConfig.count', { createdAt: '$home.createdAt' }], expect: 1 },
      ],
    },
    {
      name: 'an enum value that there is not is refused in a filter',
      steps: [{ as: 'god', call: ['User.count', { role: 'root' }], error: 'VALIDATION_ERROR' }],
    },
    {
      name: 'a reference is a field like others',
      given: [
        page('home'),
        page('other'),
        node('a', 'home'),
        node('b', 'home', { parentId: '$a.id' }),
        node('c', 'other'),
      ],
      steps: [
        {
          as: 'god',
          call: ['ComponentNode.list', { filter: { pageId: '$home.id' }, sort: { type: 'asc' } }],
          expect: { data: { $column: 'type', $values: ['a', 'b'] } },
        },
        {
          as: 'god',
          call: ['ComponentNode.list', { filter: { parentId: null, pageId: '$home.id' } }],
          expect: { data: { $column: 'type', $values: ['a'] } },
        },
        { as: 'god', call: ['ComponentNode.count', { parentId: { in: ['$a.id', '$c.id'] } }], expect: 1 },
      ],
    },
    {
      name: 'findFirst without a match is null',
      given: [page('home')],
      steps: [{ as: 'god', call: ['PageConfig.findFirst', { filter: { slug: 'nothing' } }], expect: null }],
    },
    {
      name: 'findFirst gives the first row in the order asked for',
      given: pages,
      steps: [
        {
          as: 'god',
          call: ['PageConfig.findFirst', { sort: { sortOrder: 'desc' } }],
          expect: { slug: 'zebra' },
        },
        {
          as: 'god',
          call: ['PageConfig.findFirst', { filter: { level: 2 }, sort: { slug: 'desc' } }],
          expect: { slug: 'contact' },
        },
        {
          as: 'god',
          call: ['PageConfig.findFirst', { filter: { slug: 'blog' }, select: ['slug', 'level'] }],
          expect: { $is: { slug: 'blog', level: 2 } },
        },
      ],
    },
    {
      name: 'count without a filter counts every row',
      given: pages,
      steps: [{ as: 'god', call: ['PageConfig.count'], expect: 6 }],
    },
  ],
}
