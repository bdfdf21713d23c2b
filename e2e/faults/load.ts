/**
 * Writers that run in a page while something is killed. Each knows what it asked for and what was acknowledged; nothing in
 * the schema would hide a write that was carried out twice.
 */

import type * as Package from '@metabuilder/dbal'
import type { Page } from '@playwright/test'

/** A write that was acknowledged, or a delete that was asked for. */
export interface Note {
  readonly what: 'created' | 'deleting' | 'deleted'
  /** Of a group of rows: `<run>:<writer>:<step>`, and a part's number where each row was a call of its own. */
  readonly key: string
  /** How many rows the group has. */
  readonly rows: number
}

export interface LoadOptions {
  readonly run: string
  readonly seed: number
  readonly writers: number
}

interface Load {
  readonly notes: Note[]
  /** What was refused, which nothing should be. */
  readonly refused: string[]
  readonly steps: number
  /** The last worker that a test ended. */
  terminated: Worker | undefined
  /** Lets every writer finish what it is about. */
  stop(): Promise<void>
}

declare global {
  interface Window {
    load: Load
    loadClient: InstanceType<typeof Package.DBALClient>
    /** Takes notes out of the page, where the page does not live to tell. */
    takeNotes?: (notes: readonly Note[]) => Promise<void>
  }
}

/** Opens the database of the load as `window.loadClient`; resolves with its `ready`. */
export function openLoadClient(page: Page): Promise<Package.Ready> {
  return page.evaluate(async () => {
    const { DBALClient, defineSchema, f } = window.dbal
    const rules = [{ roles: ['god'], operations: ['create', 'read', 'update', 'delete'] }] as const
    const schema = defineSchema({
      Entry: {
        fields: {
          id: f.uuid({ primary: true }),
          key: f.string({ required: true }),
          part: f.integer({ required: true }),
          of: f.integer({ required: true }),
          kind: f.string({ required: true }),
          filling: f.string({ required: true }),
        },
        indexes: [['key']],
        limits: { maximum: 5_000 },
        rules,
      },
      // Its value is the step of the writer's last batch: changed in the same batch as that step's rows are made.
      Progress: {
        fields: {
          id: f.uuid({ primary: true }),
          writer: f.string({ required: true }),
          step: f.integer({ required: true }),
        },
        limits: { maximum: 5_000 },
        rules,
      },
    })
    const auth = { user: { id: '01890000-0000-7000-8000-000000000001', role: 'god' } } as const
    const client = new DBALClient({ schema, auth, database: { name: 'load' } })
    window.loadClient = client as never
    return client.ready
  })
}

/** Starts the writers as `window.load`, and returns at once. */
export function startLoad(page: Page, options: LoadOptions): Promise<void> {
  return page.evaluate(({ run, seed, writers }) => {
    const { entries, progresses, batch } = typedClient()
    const notes: Note[] = []
    const refused: string[] = []
    let steps = 0
    let isStopped = false

    const note = (...taken: Note[]): Promise<void> | undefined => {
      notes.push(...taken)
      return window.takeNotes?.(taken)
    }
    const all = Array.from({ length: writers }, (_, writer) => write(writer))
    const load: Load = {
      notes,
      refused,
      get steps() {
        return steps
      },
      terminated: undefined,
      stop: async () => {
        isStopped = true
        await Promise.all(all)
      },
    }
    window.load = load

    async function write(writer: number): Promise<void> {
      const random = randomOf(seed + writer)
      const below = (limit: number) => Math.floor(random() * limit)
      const name = `${run}:${writer}`
      const mine: { id: string; key: string }[] = []
      try {
        const progress = await progresses.create({ writer: name, step: 0 })
        for (let step = 1; !isStopped; step++) {
          const key = `${name}:${step}`
          const row = (part: number, of: number, kind: string) => ({
            key,
            part,
            of,
            kind,
            filling: 'x'.repeat(below(20) === 0 ? 20_000 : below(800)),
          })
          const of = 2 + below(12)
          const parts = (kind: string) => Array.from({ length: of }, (_, part) => row(part, of, kind))
          switch (below(5)) {
            case 0: {
              const { id } = await entries.create(row(0, 1, 'one'))
              mine.push({ id, key })
              void note({ what: 'created', key, rows: 1 })
              break
            }
            case 1:
              await entries.createMany(parts('many'))
              void note({ what: 'created', key, rows: of })
              break
            case 2:
              await batch([
                ...parts('batch').map((part) => entries.op.create(part)),
                progresses.op.update(progress.id, { step }),
              ])
              void note({ what: 'created', key, rows: of })
              break
            case 3:
              // Many calls in one frame, each on its own.
              await Promise.all(
                parts('frame').map(async (part, at) => {
                  await entries.create({ ...part, key: `${key}.${at}`, part: 0, of: 1 })
                  void note({ what: 'created', key: `${key}.${at}`, rows: 1 })
                }),
              )
              break
            default: {
              const gone = mine.splice(below(mine.length), 1)[0]
              if (!gone) break
              // Waited for: whoever reads the notes after a kill must know that the row may be gone.
              await note({ what: 'deleting', key: gone.key, rows: 1 })
              await entries.delete(gone.id)
              void note({ what: 'deleted', key: gone.key, rows: 1 })
            }
          }
          steps++
        }
      } catch (error) {
        const { code, message } = error as Package.DBALError
        refused.push(`${name}: ${code} ${message}`)
      }
    }

    /** mulberry32 */
    function randomOf(start: number): () => number {
      let state = start | 0
      return () => {
        state = (state + 0x6d2b79f5) | 0
        let mixed = Math.imul(state ^ (state >>> 15), state | 1)
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
      }
    }

    /** The client's schema is not that of its declared type. */
    function typedClient() {
      const client = window.loadClient as unknown as Untyped
      return {
        entries: client.entries,
        progresses: client.progresses,
        batch: (calls: readonly unknown[]) => client.batch(calls),
      }
    }
    interface Handle {
      create(row: object): Promise<{ id: string }>
      createMany(rows: readonly object[]): Promise<unknown>
      delete(id: string): Promise<true>
      readonly op: { create(row: object): unknown; update(id: string, patch: object): unknown }
    }
    interface Untyped {
      readonly entries: Handle
      readonly progresses: Handle
      batch(calls: readonly unknown[]): Promise<unknown>
    }
  }, options)
}
