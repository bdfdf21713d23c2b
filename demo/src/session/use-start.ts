import type { DBALError } from '@metabuilder/dbal'
import { useEffect, useState } from 'react'
import { toDBALError } from '../client/errors.ts'
import { plantSample } from '../seed/seed.ts'
import { siteClient } from './site-clients.ts'

export type Start =
  | { readonly state: 'opening' }
  /** Another tab holds the database. */
  | { readonly state: 'waiting'; readonly reason: string }
  | { readonly state: 'failed'; readonly error: DBALError }
  | { readonly state: 'ready' }

let started: Promise<void> | undefined

/** Once for the life of the page, however often the component mounts. */
function startOnce(): Promise<void> {
  const god = siteClient('god')
  started ??= god.ready.then(() => plantSample(god, siteClient('supergod')))
  return started
}

/** Opens the database and plants the sample content where there is none. */
export function useStart(): Start {
  const [start, setStart] = useState<Start>({ state: 'opening' })

  useEffect(() => {
    const stopListening = siteClient('god').on('connection', ({ state, reason }) => {
      if (state === 'waiting') setStart({ state, reason: reason ?? 'Another tab has the database open.' })
    })
    startOnce().then(
      () => setStart({ state: 'ready' }),
      (thrown: unknown) => setStart({ state: 'failed', error: toDBALError(thrown) }),
    )
    return stopListening
  }, [])

  return start
}
