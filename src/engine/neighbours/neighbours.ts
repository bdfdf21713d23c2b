/**
 * Other processes over the same database. Each tells the others what its commits have changed, in the transaction itself,
 * so that nothing is told that did not happen and nothing happens untold.
 *
 * What must hold: whatever is not known for certain counts as "everything may have changed". After the line was down, after
 * a text that is none, after a failure to look, and after a commit of one's own whose answer was lost, everything is looked at.
 */

import type { Notices } from '../../drivers/driver.ts'
import type { Published, Touched } from '../call.ts'
import type { EntityModel, Model } from '../model.ts'
import type { Soon } from '../soon.ts'
import { type Deadline, tell, type Work } from '../work.ts'
import {
  announcementOf,
  mostRows,
  printAnnouncement,
  type Reaching,
  type RowId,
  readAnnouncement,
} from './announcement.ts'

/** What others have changed since it was last looked at. */
export interface News {
  readonly touched: Touched
  readonly rows: ReadonlyMap<EntityModel, ReadonlySet<RowId>>
}

export interface NeighboursParts {
  readonly notices: Notices | undefined
  /** Under which this process speaks, and knows its own words again. */
  readonly name: string
  readonly model: Model
  readonly reach: Reaching
  /** In turn with everything else. */
  run<T>(make: (deadline: Deadline) => Work<T>): Soon<T>
  /** Looks at the news in its turn. */
  take(news: News, deadline: Deadline): Work<void>
  /** Told at once, while what has its turn may take long. */
  hurry(news: News): void
  /** Calls it later. @returns gives it up */
  after(milliseconds: number, run: () => void): () => void
  /** Nothing that others do is heard: what was read before may have changed. */
  deaf(): void
  report(cause: unknown): void
}

/** After a failure to look. */
export const againAfterMs = 500

const nothing: News = { touched: [], rows: new Map() }
const everything: News = { touched: 'all', rows: new Map() }

export class Neighbours {
  readonly #parts: NeighboursParts
  #news = nothing
  /** A look at the news waits for its turn, or for another try. */
  #isDue = false
  /** The last look at them. */
  #hasFailed = false
  #cancel = () => {}
  #isListening = false
  #isStopped = false

  constructor(parts: NeighboursParts) {
    this.#parts = parts
  }

  /** Whether everything that others do is heard. */
  get isListening(): boolean {
    return this.#isListening
  }

  /** Resolves when nothing that is done from then on is missed. @throws DriverError */
  async start(): Promise<void> {
    const { notices, deaf, report } = this.#parts
    if (!notices?.listen) return
    await notices.listen({
      heard: (text) => this.#hear(text),
      lost: (cause) => {
        if (this.#isStopped) return
        this.#isListening = false
        deaf()
        report(cause)
      },
      restored: () => {
        this.#isListening = true
        this.#add(everything)
      },
    })
    this.#isListening = true
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  /** A commit of our own may have been made, or not: it is looked at as if another had made it. */
  doubt(): void {
    this.#add(everything)
  }

  /** Tells the others of what the transaction that it is called in has changed. */
  *announce(published: Published): Work<void> {
    const { notices, name, reach } = this.#parts
    if (!notices) return
    const announcement = announcementOf(published, name, reach)
    if (announcement) yield* tell(notices.say, [printAnnouncement(announcement, notices.mostBytes)])
  }

  #hear(text: string): void {
    const { model, name, report } = this.#parts
    const heard = readAnnouncement(text, model)
    if (heard?.from === name) return
    if (!heard) report(new Error('Somebody has said what no process of ours says'))
    this.#add(
      heard
        ? {
            touched: heard.touched,
            rows: new Map([...heard.rows].map(([entity, ids]) => [entity, new Set(ids)])),
          }
        : everything,
    )
  }

  #add(news: News): void {
    if (this.#isStopped) return
    this.#news = join(this.#news, news)
    this.#parts.hurry(news)
    this.#look()
  }

  #look(): void {
    if (this.#isDue || this.#isStopped) return
    this.#isDue = true
    void this.#lookInTurn().then(
      () => {
        this.#hasFailed = false
      },
      (error: unknown) => this.#lookAgain(error),
    )
  }

  #lookAgain(error: unknown): void {
    if (this.#isStopped) return
    // Once: as long as the database is away every look fails.
    if (!this.#hasFailed) this.#parts.report(error)
    this.#hasFailed = true
    this.#news = everything
    this.#isDue = true
    this.#cancel = this.#parts.after(againAfterMs, () => {
      this.#isDue = false
      this.#look()
    })
  }

  async #lookInTurn(): Promise<void> {
    const { run, take } = this.#parts
    const look = (deadline: Deadline) => {
      const news = this.#news
      this.#news = nothing
      this.#isDue = false
      return take(news, deadline)
    }
    await run(look)
  }
}

function join(one: News, other: News): News {
  if (one.touched === 'all' || other.touched === 'all') return everything
  const touched = new Set([...one.touched, ...other.touched])
  const rows = new Map<EntityModel, Set<RowId>>()
  for (const [entity, ids] of [...one.rows, ...other.rows]) {
    const known = rows.get(entity) ?? new Set()
    rows.set(entity, known)
    for (const id of ids) known.add(id)
    if (known.size > mostRows) touched.add(entity.name)
  }
  for (const entity of rows.keys()) if (touched.has(entity.name)) rows.delete(entity)
  return { touched: [...touched], rows }
}
