import { identities } from '../session/identities.ts'
import type { SiteClient } from '../session/studio-client.ts'
import { packages, scripts, workflows } from './automation.ts'
import { pages } from './pages.ts'
import { biographies, people } from './people.ts'
import { type Sprout, trees } from './trees.ts'

/**
 * Plants the sample site, once: god makes everything in one batch, so that it is there whole or not at all, and what a
 * visitor deletes later stays deleted. Only the row of the supergod is made by that identity itself, because nobody
 * grants a role above their own.
 */
export async function plantSample(god: SiteClient, supergod: SiteClient): Promise<void> {
  const builder = userOf('god')
  const planted = await god.users.findFirst({ filter: { id: builder.id } })
  if (planted) return
  const owner = userOf('supergod')
  await supergod.users.upsert({
    where: { username: owner.username },
    create: { ...owner, bio: biographies[owner.username] ?? null },
    update: {},
  })
  await god.batch([...plantPeople(god), ...plantPages(god), ...plantAutomation(god, builder.id)])
}

function userOf(role: string) {
  const user = identities.find((identity) => identity.role === role)?.user
  if (!user) throw new RangeError(`The studio has no identity for ${role}`)
  return user
}

function plantPeople(god: SiteClient) {
  const cast = identities.flatMap(({ user, role }) => (user && role !== 'supergod' ? [user] : []))
  return [
    ...cast.map((user) => god.users.op.create({ ...user, bio: biographies[user.username] ?? null })),
    ...people.map((person) => god.users.op.create(person)),
  ]
}

function plantPages(god: SiteClient) {
  return pages.flatMap((page, sortOrder) => {
    const id = crypto.randomUUID()
    return [
      god.pageConfigs.op.create({ id, ...page, sortOrder }),
      ...plantTree(god, id, null, trees[page.slug] ?? []),
    ]
  })
}

function plantTree(
  god: SiteClient,
  pageId: string,
  parentId: string | null,
  sprouts: readonly Sprout[],
): ReturnType<typeof god.componentNodes.op.create>[] {
  return sprouts.flatMap(({ type, props, children }, order) => {
    const id = crypto.randomUUID()
    return [
      god.componentNodes.op.create({ id, pageId, parentId, type, order, props }),
      ...plantTree(god, pageId, id, children),
    ]
  })
}

function plantAutomation(god: SiteClient, createdBy: string) {
  const installedAt = new Date().toISOString()
  return [
    ...workflows.map((workflow) => god.workflows.op.create({ ...workflow, createdBy })),
    ...scripts.map((script) => god.luaScripts.op.create({ ...script, createdBy })),
    ...packages.map((item) =>
      god.installedPackages.op.create({
        ...item,
        ...(item.isInstalled && { installedAt, installedBy: createdBy }),
      }),
    ),
  ]
}
