import type { DBALError } from '@metabuilder/dbal'
import { useEffect, useEffectEvent, useState } from 'react'
import { useStudio } from '../session/studio.ts'
import type { StudioClient } from '../session/studio-client.ts'
import { notifyError, toDBALError } from './errors.ts'
import { useRevision } from './revision.ts'

export interface Call<T> {
  /** The last answer. It stays while the next one is on its way, so that nothing jumps; another role starts empty. */
  readonly data: T | undefined
  readonly error: DBALError | undefined
  readonly isLoading: boolean
  readonly durationMs: number
  readonly retry: () => void
}

interface Answer<T> {
  readonly question: string
  readonly client: StudioClient
  readonly data?: T
  readonly error?: DBALError
  readonly durationMs: number
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
  const [attempt, setAttempt] = useState(0)
  const [answer, setAnswer] = useState<Answer<T>>()
  const ask = useEffectEvent(call)
  const question = `${key} ${revision} ${attempt}`

  useEffect(() => {
    if (key === null) return
    let isWanted = true
    const startedAt = performance.now()
    const settle = (result: { data: T } | { error: DBALError }) => {
      if (isWanted) setAnswer({ question, client, durationMs: performance.now() - startedAt, ...result })
    }
    ask(client).then(
      (data) => settle({ data }),
      (thrown: unknown) => {
        const error = toDBALError(thrown)
        if (isWanted) notifyError(error)
        settle({ error })
      },
    )
    return () => {
      isWanted = false
    }
  }, [key, client, question])

  const known = answer?.client === client ? answer : undefined
  return {
    data: known?.data,
    error: known?.error,
    isLoading: key !== null && known?.question !== question,
    durationMs: known?.durationMs ?? 0,
    retry: () => setAttempt(attempt + 1),
  }
}
