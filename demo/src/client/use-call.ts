import type { DBALError } from '@metabuilder/dbal'
import { useQuery } from '@metabuilder/dbal/react'
import { useEffect } from 'react'
import { useStudio } from '../session/studio.ts'
import type { StudioClient } from '../session/studio-client.ts'
import { notifyError } from './errors.ts'
import { useRevision } from './revision.ts'

export interface Call<T> {
  /** The last answer. It stays while the next one is on its way, so that nothing jumps; another role starts empty. */
  readonly data: T | undefined
  readonly error: DBALError | undefined
  readonly isLoading: boolean
  readonly durationMs: number
  readonly retry: () => void
}

/**
 * Asks the database as the present role, and asks again when the key changes, when the role changes and after every
 * write of this page.
 *
 * @param key names the question with everything that it depends on; null asks nothing
 */
export function useCall<T>(key: string | null, call: (client: StudioClient) => Promise<T>): Call<T> {
  const { client } = useStudio()
  const revision = useRevision()
  const { data, error, isFetching, refetch } = useQuery(
    ['call', key, revision],
    async () => {
      const startedAt = performance.now()
      const answer = await call(client)
      return { answer, durationMs: performance.now() - startedAt }
    },
    { enabled: key !== null, keepPrevious: true },
  )

  useEffect(() => {
    if (error) notifyError(error)
  }, [error])

  return {
    data: data?.answer,
    error,
    isLoading: isFetching,
    durationMs: data?.durationMs ?? 0,
    retry: () => void refetch(),
  }
}
