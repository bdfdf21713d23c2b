import type { DBALError, EntityData } from '@metabuilder/dbal'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { notifyError, toDBALError } from '../../client/errors.ts'
import { useRevision } from '../../client/revision.ts'
import type { Values } from '../../record/record-form.tsx'
import { useStudio } from '../../session/studio.ts'
import type { StudioClient } from '../../session/studio-client.ts'
import { filterOf } from './filter-model.ts'
import type { TableView } from './table-view.ts'

/** Rows of one request; no entity allows less as its maximum. */
const chunkSize = 100

interface Loaded {
  readonly question: string
  readonly client: StudioClient
  readonly total: number
  /** By place in the whole result: rows 0–99, 100–199, … */
  readonly chunks: ReadonlyMap<number, readonly Values[]>
  readonly durationMs: number
}

export interface RowWindow {
  /** Undefined until the first answer. */
  readonly total: number | undefined
  readonly rowAt: (index: number) => Values | undefined
  readonly error: DBALError | undefined
  readonly durationMs: number
}

/**
 * A long result, of which only the part in sight is read. Rows that were read stay; another filter, order or role, and
 * every write of this page, read the part in sight again and replace the rest.
 */
export function useRowWindow(
  entityName: string,
  entity: EntityData,
  view: TableView,
  first: number,
  last: number,
): RowWindow {
  const { client } = useStudio()
  const revision = useRevision()
  const [loaded, setLoaded] = useState<Loaded>()
  const [failure, setFailure] = useState<{ question: string; error: DBALError }>()
  const question = JSON.stringify([entityName, view.conditions, view.isAny, view.search, view.sort, revision])
  const latest = useRef({ question, client })
  const asked = useRef(new Set<string>())

  const read = useEffectEvent((chunk: number) => {
    const filter = filterOf(entity, view)
    return client.entity(entityName).list({
      ...(filter && { filter }),
      ...(view.sort && { sort: { [view.sort.field]: view.sort.direction } }),
      limit: chunkSize,
      page: chunk + 1,
    })
  })

  const firstChunk = Math.floor(Math.max(0, first) / chunkSize)
  const lastChunk = Math.floor(Math.max(0, last) / chunkSize)

  useEffect(() => {
    if (latest.current.question !== question || latest.current.client !== client) asked.current.clear()
    latest.current = { question, client }
    for (let chunk = firstChunk; chunk <= lastChunk; chunk++) {
      const request = `${chunk}`
      if (asked.current.has(request)) continue
      asked.current.add(request)
      const startedAt = performance.now()
      const isLatest = () => latest.current.question === question && latest.current.client === client
      read(chunk).then(
        ({ data, total }) => {
          if (!isLatest()) return
          const durationMs = performance.now() - startedAt
          setFailure(undefined)
          setLoaded((before) => {
            const isSame = before?.question === question && before.client === client
            const chunks = new Map(isSame ? before.chunks : []).set(chunk, data)
            return { question, client, total: total ?? data.length, chunks, durationMs }
          })
        },
        (thrown: unknown) => {
          if (!isLatest()) return
          const error = toDBALError(thrown)
          notifyError(error)
          setFailure({ question, error })
        },
      )
    }
  }, [question, client, firstChunk, lastChunk])

  // Until the new answer comes the old rows stay, except another role's.
  const known = loaded?.client === client ? loaded : undefined
  return {
    total: known?.total,
    rowAt: (index) => known?.chunks.get(Math.floor(index / chunkSize))?.[index % chunkSize],
    error: failure?.question === question ? failure.error : undefined,
    durationMs: known?.durationMs ?? 0,
  }
}
