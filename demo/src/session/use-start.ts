import type { DBALError } from '@metabuilder/dbal'
import { useEffect, useState } from 'react'
import { toDBALError } from '../client/errors.ts'
import { plantSample } from '../seed/seed.ts'
import { prepareSite, siteClient } from './site-clients.ts'
import { type Place, useSitePlace } from './site-place.ts'

export type Start =
  | { readonly state: 'opening' }
  /** Another tab holds the database. */
  | { readonly state: 'waiting'; readonly reason: string }
  | { readonly state: 'failed'; readonly error: DBALError }
  | { readonly state: 'ready' }

let started: { readonly place: Place; readonly done: Promise<void> } | undefined

/** Once for each stay at a place, however often the component mounts. */
function startOnce(place: Place, onWaiting: (reason: string) => void): Promise<void> {
  if (started?.place === place) return started.done
  const done = prepareSite().then(async () => {
    const god = siteClient('god')
    god.on('connection', ({ state, reason }) => {
      if (state === 'waiting') onWaiting(reason ?? 'Another tab has the database open.')
    })
    await god.ready
    await plantSample(god, siteClient('supergod'))
  })
  started = { place, done }
  return done
}

/** Opens the database and plants the sample content where there is none. */
export function useStart(): Start {
  const place = useSitePlace()
  const [start, setStart] = useState<{ readonly place: Place; readonly start: Start }>()

  useEffect(() => {
    const tell = (next: Start) => setStart({ place, start: next })
    startOnce(place, (reason) => tell({ state: 'waiting', reason })).then(
      () => tell({ state: 'ready' }),
      (thrown: unknown) => tell({ state: 'failed', error: toDBALError(thrown) }),
    )
  }, [place])

  return start?.place === place ? start.start : { state: 'opening' }
}
