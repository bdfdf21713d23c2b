/** Reading and making a row by the driver alone, in the table of pages that the daemon has made. */

import type { ColumnType, Connection, Driver, SqlValue, Statement } from '../../src/drivers/driver.ts'

export interface NewPage {
  readonly slug: string
  readonly title: string
  readonly level: number
}

export interface BareStatements {
  read(id: string): Promise<object>
  /** One durable commit. */
  create(id: string, page: NewPage): Promise<object>
}

const columns: { readonly [name: string]: ColumnType } = {
  id: 'text',
  slug: 'text',
  title: 'text',
  description: 'text',
  icon: 'text',
  level: 'integer',
  layout: 'json',
  isPublished: 'boolean',
  sortOrder: 'integer',
  createdAt: 'text',
  updatedAt: 'text',
}
const names = Object.keys(columns)
const list = names.map((name) => `"${name}"`).join(', ')

const reading: Statement = {
  sql: `select ${list} from main."PageConfig" where "id" = ?`,
  columns: Object.values(columns),
}
const creating: Statement = {
  sql: `insert into main."PageConfig" (${list}) values (${names.map(() => '?').join(', ')})`,
  columns: [],
}

export function bareStatements(driver: Driver): BareStatements {
  // The one connection of SQLite is for whoever comes, as its statements never wait.
  const own = driver.synchronous ? driver.acquire() : undefined
  async function run(statement: Statement, parameters: readonly SqlValue[]): Promise<readonly unknown[]> {
    const connection: Connection = own ? await own : await driver.acquire()
    try {
      return (await connection.execute(statement, parameters, 0)).values
    } finally {
      if (!own) connection.release()
    }
  }
  return {
    async read(id) {
      const values = await run(reading, [id])
      return Object.fromEntries(names.map((name, at) => [name, values[at]]))
    },
    async create(id, { slug, title, level }) {
      const now = new Date().toISOString()
      await run(creating, [id, slug, title, null, null, level, '{}', 1, 0, now, now])
      return { id, slug, title, level }
    },
  }
}
