/** The page's half of raw-wal: plain postMessage, nothing else. */

import { type Contender, ddl, insertSql, rowOf } from './contender.ts'

export function createRawWal(name: string): Contender {
  let worker: Worker
  let last = 0
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  const send = <T>(message: object) =>
    new Promise<T>((resolve, reject) => {
      const id = ++last
      waiting.set(id, { resolve, reject })
      worker.postMessage({ id, ...message })
    })
  const run = <T extends object>(sql: string, parameters: unknown[] = []) => send<T[]>({ sql, parameters })
  return {
    name: 'raw-wal',
    async open() {
      worker = new Worker(new URL('./raw-wal.worker.ts', import.meta.url), { type: 'module' })
      worker.onmessage = ({ data: { id, result, error } }) => {
        const call = waiting.get(id)
        waiting.delete(id)
        if (error) call?.reject(new Error(error))
        else call?.resolve(result as never)
      }
      await send({ open: name, ddl })
    },
    async insert(item) {
      const id = crypto.randomUUID()
      await run(insertSql, rowOf(id, item))
      return id
    },
    async bulk(items) {
      await send({ sql: insertSql, rows: items.map((item) => rowOf(crypto.randomUUID(), item)) })
    },
    async read(id) {
      const [row] = await run<{ name: string }>('select * from Item where id = ?', [id])
      return row as { name: string }
    },
    async update(id, price) {
      await run('update Item set price = ?, updatedAt = ? where id = ?', [
        price,
        new Date().toISOString(),
        id,
      ])
    },
    async remove(id) {
      await run('delete from Item where id = ?', [id])
    },
    list20: (category) =>
      run('select * from Item where category = ? order by price desc limit 20', [category]),
    list5000: () => run('select * from Item order by id limit 5000'),
    async close() {
      await send({ close: true })
      worker.terminate()
    },
  }
}
