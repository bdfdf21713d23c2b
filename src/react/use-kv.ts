import { useMemo, useSyncExternalStore } from 'react'
import { kvEntry } from './kv-store.ts'

export type KVSetter<T> = (value: T | ((before: T) => T)) => Promise<void>

/**
 * A value that is kept in this browser, like `useState` that outlives a reload: small state of the interface, such as a
 * draft or a filter. Shared by all components and all tabs of the origin; not part of the database, not under its rules.
 *
 * The setter takes a value, or a function of the value before; that function may run more than once and must be pure. It
 * shows at once, and what is stored is computed from what stands in the storage then. The promise tells when it is stored,
 * and rejects when it could not be; the value shown is then the stored one again.
 *
 * @param key its name in the origin
 * @param initial shown while nothing is stored; it is not written
 * @returns the value, the setter, and the removal
 */
export function useKV<T>(
  key: string,
  initial: T,
): readonly [value: T, setValue: KVSetter<T>, deleteValue: () => Promise<void>]
export function useKV<T = unknown>(
  key: string,
): readonly [value: T | undefined, setValue: KVSetter<T | undefined>, deleteValue: () => Promise<void>]
export function useKV<T>(key: string, initial?: T): readonly [T, KVSetter<T>, () => Promise<void>] {
  const entry = kvEntry(key)
  const held = useSyncExternalStore(entry.subscribe, entry.getSnapshot, nothing)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the first of a key counts; an object written out in the component is another one at each render
  const first = useMemo(() => initial as T, [key])
  const [setValue, deleteValue] = useMemo(
    () => [
      (value: T | ((before: T) => T)) =>
        entry.write((before) => {
          const next = isUpdater(value) ? value(before ? (before.value as T) : first) : value
          return next === undefined ? null : { value: next }
        }),
      () => entry.remove(),
    ],
    [entry, first],
  )
  return [held ? (held.value as T) : first, setValue, deleteValue]
}

const nothing = () => null

const isUpdater = <T>(value: T | ((before: T) => T)): value is (before: T) => T => typeof value === 'function'
