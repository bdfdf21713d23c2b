/** The workloads. Each figure is the time of one repetition in milliseconds; the runner asks for as many as it wants. */

import { type Contender, categories, makeItem } from './contender.ts'
import { createOurs } from './ours.ts'
import { createRawWal } from './raw-wal.ts'
import { createSqlocal } from './sqlocal.ts'

const makers: Readonly<Record<string, (name: string) => Contender>> = {
  'raw-wal': createRawWal,
  ours: createOurs,
  sqlocal: createSqlocal,
}

interface Subject {
  readonly contender: Contender
  readonly ids: string[]
}

let nextItem = 0
const items = (count: number) => Array.from({ length: count }, () => makeItem(nextItem++))
let subject: Subject

const api = {
  /** Opens the contender's database; resolves with the milliseconds until it can be used. */
  async open(name: string, database: string): Promise<number> {
    const contender = (makers[name] as (database: string) => Contender)(database)
    const started = performance.now()
    await contender.open()
    const time = performance.now() - started
    subject = { contender, ids: [] }
    return time
  },
  async close(): Promise<void> {
    await subject.contender.close()
  },
  async fill(count: number): Promise<number> {
    const rows = items(count)
    const started = performance.now()
    await subject.contender.bulk(rows)
    return performance.now() - started
  },
  async insertAwaited(count: number): Promise<number> {
    const rows = items(count)
    const started = performance.now()
    for (const row of rows) subject.ids.push(await subject.contender.insert(row))
    return performance.now() - started
  },
  async insertConcurrent(count: number): Promise<number> {
    const rows = items(count)
    const started = performance.now()
    subject.ids.push(...(await Promise.all(rows.map((row) => subject.contender.insert(row)))))
    return performance.now() - started
  },
  async readAwaited(count: number): Promise<number> {
    const { ids, contender } = subject
    const started = performance.now()
    for (let index = 0; index < count; index++) await contender.read(ids[(index * 31) % ids.length] as string)
    return performance.now() - started
  },
  async readConcurrent(count: number): Promise<number> {
    const { ids, contender } = subject
    const started = performance.now()
    await Promise.all(
      Array.from({ length: count }, (_, index) => contender.read(ids[(index * 31) % ids.length] as string)),
    )
    return performance.now() - started
  },
  async list20(count: number): Promise<number> {
    const started = performance.now()
    for (let index = 0; index < count; index++) {
      const rows = await subject.contender.list20(`category-${index % categories}`)
      if (rows.length !== 20) throw new Error(`20 rows were expected, ${rows.length} came`)
    }
    return performance.now() - started
  },
  async list5000(count: number): Promise<number> {
    const started = performance.now()
    for (let index = 0; index < count; index++) {
      const rows = await subject.contender.list5000()
      if (rows.length !== 5_000) throw new Error(`5,000 rows were expected, ${rows.length} came`)
    }
    return performance.now() - started
  },
  async updateAwaited(count: number): Promise<number> {
    const { ids, contender } = subject
    const started = performance.now()
    for (let index = 0; index < count; index++)
      await contender.update(ids[index % ids.length] as string, index)
    return performance.now() - started
  },
  async removeAwaited(count: number): Promise<number> {
    const gone = subject.ids.splice(0, count)
    const started = performance.now()
    for (const id of gone) await subject.contender.remove(id)
    return performance.now() - started
  },
}

export type BenchApi = typeof api

Object.assign(globalThis, { bench: api })
