/** Cases that a backend cannot pass, each with the reason. What is missing there is what `capabilities()` says. */

import { searchByWords } from './topics/search.ts'

export interface Exception {
  readonly backend: string
  readonly topic: string
  readonly name: string
  readonly reason: string
}

const topic = 'capabilities, migrations, the database as a whole'

/** Databases behind a server of their own, with the tool that their copies are made with. */
const servers = { PostgreSQL: 'pg_dump', MariaDB: 'mariadb-dump', MySQL: 'mysqldump' }

const ofServers: readonly Exception[] = Object.entries(servers).flatMap(([backend, tool]) => [
  {
    backend,
    topic,
    name: 'capabilities are true to an SQLite file of one process',
    reason: 'they are others, and are compared beside the suite',
  },
  {
    backend,
    topic,
    name: 'export is for god and above, and loses nothing',
    reason: `\`backup\` is false: a server's database is no file; it has \`${tool}\``,
  },
])

export const exceptions: readonly Exception[] = [
  ...ofServers,
  ...['MariaDB', 'MySQL'].flatMap((backend) =>
    searchByWords.cases.map(({ name }) => ({
      backend,
      topic: searchByWords.topic,
      name,
      reason: "`fullTextSearch` is 'like'",
    })),
  ),
]
