import { useSyncExternalStore } from 'react'
import { type Entry, idle, loading, type Snapshot } from './entry.ts'
import { unavailable } from './server.ts'

const nothing = (): (() => void) => () => {}
const idleSnapshot = (): Snapshot<never> => idle
const loadingSnapshot = (): Snapshot<never> => loading

/** What an entry shows; `undefined` asks nothing. */
export function useEntry<T>(entry: Entry<T> | undefined): Snapshot<T> {
  return useSyncExternalStore<Snapshot<T>>(
    entry?.subscribe ?? nothing,
    entry?.getSnapshot ?? idleSnapshot,
    entry ? loadingSnapshot : idleSnapshot,
  )
}

/**
 * Suspends until there is data.
 * @throws the error of an answer that failed before there was one: for an error boundary
 */
export function suspendUntilLoaded<T>(
  entry: Entry<T>,
  { status, data, error }: Snapshot<T>,
  start: () => void,
): void {
  if (status === 'success' || data !== undefined) return
  if (status === 'error') throw error
  // A server has no database: React leaves this boundary to the browser.
  if (typeof document === 'undefined') throw unavailable()
  start()
  throw entry.settled
}
