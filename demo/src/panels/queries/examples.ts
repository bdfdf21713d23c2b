/** Queries to begin with; those of the sample site name its entities. */

export interface Example {
  readonly title: string
  readonly text: string
  /** What it shows. */
  readonly lead: string
}

export const siteExamples: readonly Example[] = [
  {
    title: 'Published pages',
    lead: 'A filter, an order, some fields',
    text: `client.pageConfigs.list({
  filter: { isPublished: true, level: { lte: 3 } },
  sort: { level: 'asc', title: 'asc' },
  select: ['slug', 'title', 'level'],
  limit: 20,
})`,
  },
  {
    title: 'Pages by level',
    lead: 'Groups and counts',
    text: `client.pageConfigs.aggregate({
  groupBy: ['level'],
  count: true,
  max: ['updatedAt'],
  sort: { level: 'asc' },
})`,
  },
  {
    title: 'How many users may I see?',
    lead: 'Switch the role and run it again',
    text: 'client.users.count()',
  },
  {
    title: 'Components of each page',
    lead: 'Kysely: a join and a group',
    text: `db.selectFrom('ComponentNode as node')
  .innerJoin('PageConfig as page', 'page.id', 'node.pageId')
  .select((eb) => ['page.title', eb.fn.count('node.id').as('components')])
  .groupBy('page.title')
  .orderBy('components', 'desc')`,
  },
  {
    title: 'Who builds automations',
    lead: 'Kysely: a subquery in the selection',
    text: `db.selectFrom('User')
  .select((eb) => [
    'username',
    'role',
    eb.selectFrom('Workflow')
      .whereRef('Workflow.createdBy', '=', 'User.id')
      .select(({ fn }) => fn.countAll().as('n'))
      .as('workflows'),
  ])
  .where('role', 'in', ['admin', 'god', 'supergod'])
  .orderBy('username')`,
  },
  {
    title: 'A change that a rule refuses',
    lead: 'As user or admin: FORBIDDEN, and an entry of the audit log',
    text: `client.pageConfigs.updateMany(
  { slug: 'home' },
  { title: 'Mine now' },
)`,
  },
]

/** For a file: the rows of its first table. */
export function fileExamples(entity: string): readonly Example[] {
  return [
    {
      title: `Rows of ${entity}`,
      lead: 'The first page',
      text: `client.entity(${JSON.stringify(entity)}).list({\n  limit: 50,\n})`,
    },
    {
      title: `Count ${entity}`,
      lead: 'Kysely: an aggregate',
      text: `db.selectFrom(${JSON.stringify(entity)})\n  .select((eb) => eb.fn.countAll().as('rows'))`,
    },
  ]
}
