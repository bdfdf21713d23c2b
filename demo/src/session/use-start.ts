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
  /** @property isTrying it is tried again without anybody's doing */
  | { readonly state: 'failed'; readonly error: DBALError; readonly isTrying: boolean }
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

/** The daemon cannot be reached: nothing but waiting helps. */
const isAway = (place: Place, error: DBALError): boolean =>
  place === 'daemon' && error.is('DATABASE_ERROR') && error.details?.reason === 'offline'

/** Milliseconds before the next try. */
const pauseAfter = (tries: number): number => Math.min(500 * 2 ** tries, 15_000)

/** Opens the database and plants the sample content where there is none. A daemon that is away is looked for until it is back. */
export function useStart(): Start {
  const place = useSitePlace()
  const [start, setStart] = useState<{ readonly place: Place; readonly start: Start }>()

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const tell = (next: Start) => setStart({ place, start: next })
    const failed = (thrown: unknown, tries: number) => {
      const error = toDBALError(thrown)
      const isTrying = isAway(place, error)
      tell({ state: 'failed', error, isTrying })
      if (!isTrying || isOver) return
      timer = setTimeout(() => {
        started = undefined
        open(tries + 1)
      }, pauseAfter(tries))
    }
    const open = (tries: number) => {
      startOnce(place, (reason) => tell({ state: 'waiting', reason })).then(
        () => tell({ state: 'ready' }),
        (thrown: unknown) => failed(thrown, tries),
      )
    }
    open(0)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [place])

  return start?.place === place ? start.start : { state: 'opening' }
}
