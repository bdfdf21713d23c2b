import { useSyncExternalStore } from 'react'

/** Counts the writes of this page. Whatever reads the database reads again when it moves. */
let revision = 0
const listeners = new Set<() => void>()

export function markChanged(): void {
  revision += 1
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

export const useRevision = () => useSyncExternalStore(subscribe, () => revision)
