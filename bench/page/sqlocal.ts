/** SQLocal with its default storage and bare statements: no validation, no rules, no audit. */

import { SQLocal } from 'sqlocal'
import { type Contender, ddl, insertSql, rowOf } from './contender.ts'

export function createSqlocal(name: string): Contender {
  let db: SQLocal
  const run = (sql: string, ...parameters: unknown[]) => db.sql(sql, ...parameters)
  return {
    name: 'sqlocal',
    async open() {
      db = new SQLocal(`${name}.sqlite3`)
      for (const statement of ddl) await run(statement)
    },
    async insert(item) {
      const id = crypto.randomUUID()
      await run(insertSql, ...rowOf(id, item))
      return id
    },
    async bulk(items) {
      await db.batch(() =>
        items.map((item) => ({ sql: insertSql, params: rowOf(crypto.randomUUID(), item) })),
      )
    },
    async read(id) {
      const [row] = await run('select * from Item where id = ?', id)
      return row as { name: string }
    },
    async update(id, price) {
      await run('update Item set price = ?, updatedAt = ? where id = ?', price, new Date().toISOString(), id)
    },
    async remove(id) {
      await run('delete from Item where id = ?', id)
    },
    list20: (category) => run('select * from Item where category = ? order by price desc limit 20', category),
    list5000: () => run('select * from Item order by id limit 5000'),
    async close() {
      await db.destroy()
    },
  }
}
