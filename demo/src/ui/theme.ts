import { useSyncExternalStore } from 'react'
import { remember } from '../session/storage.ts'

/** The page starts in the system's theme (index.html sets it before the first paint); a choice is kept. */
const listeners = new Set<() => void>()
const isDark = () => document.documentElement.classList.contains('dark')

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

export const useIsDark = () => useSyncExternalStore(subscribe, isDark)

export function setDark(dark: boolean): void {
  document.documentElement.classList.toggle('dark', dark)
  remember('theme', dark ? 'dark' : 'light')
  for (const listener of listeners) listener()
}
