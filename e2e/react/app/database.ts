/** The clients of the fixture: roles over one database in memory, and what they were asked. */

import { DBALClient } from '@metabuilder/dbal'

const name = `react-${crypto.randomUUID()}`

export const clientOf = (role: 'god' | 'admin' | 'user') =>
  new DBALClient({
    database: { name, persistence: 'memory' },
    auth: { user: { id: `01890000-0000-7000-8000-00000000000${role.length}`, role } },
  })

export const god = clientOf('god')
export const admin = clientOf('admin')
export const user = clientOf('user')

/** Live queries that are open, and how many were ever opened. */
export const live = { open: 0, opened: 0 }
for (const client of [god, admin, user]) {
  const pages = client.entity('PageConfig')
  const open = pages.live
  Object.assign(pages, {
    live: (...args: Parameters<typeof open>) => {
      const stop = open(...args)
      live.open++
      live.opened++
      let isOpen = true
      return () => {
        stop()
        if (isOpen) live.open--
        isOpen = false
      }
    },
  })
}

export const planted = god.ready.then(() =>
  god.pageConfigs.createMany([
    { slug: 'home', title: 'Home', level: 1, isPublished: true },
    { slug: 'news', title: 'News', level: 1, isPublished: true },
    { slug: 'desk', title: 'Desk', level: 3, isPublished: true },
  ]),
)
