import { DBALError } from '@metabuilder/dbal'
import { useSyncExternalStore } from 'react'
import { recall, remember } from './storage.ts'

/** Where the sample site is kept: in this browser, or by the daemon that `npm start` runs beside the page. */
export type Place = 'browser' | 'daemon'

export interface DaemonAccess {
  readonly endpoint: string
  /** By username. */
  readonly passwords: Readonly<Record<string, string>>
}

const hint = document.querySelector<HTMLMetaElement>('meta[name="studio-daemon"]')?.content

/** Whoever serves the page says so when there is a daemon beside it. */
export const hasDaemon = hint !== undefined

let place: Place = hasDaemon && recall('place') === 'daemon' ? 'daemon' : 'browser'
const listeners = new Set<() => void>()

export const sitePlace = (): Place => place

export function setSitePlace(next: Place): void {
  place = next
  remember('place', next)
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

export const useSitePlace = (): Place => useSyncExternalStore(subscribe, sitePlace)

/** @throws DBALError DATABASE_ERROR, reason `offline`, as a client says it of a daemon that it cannot reach */
export async function askForDaemon(): Promise<DaemonAccess> {
  const offline = (why: string) =>
    new DBALError('DATABASE_ERROR', `The page's server does not tell where the daemon is (${why})`, {
      reason: 'offline',
    })
  const response = await fetch(hint ?? '').catch(() => {
    throw offline('no answer')
  })
  if (!response.ok) throw offline(String(response.status))
  return (await response.json()) as DaemonAccess
}
