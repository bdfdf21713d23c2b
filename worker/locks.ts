/** Web Locks that the worker holds until it ends: how pages and other workers learn that it has. */

/** Takes a lock of a name that nobody else has, for good; undefined where the browser has no locks. */
export async function holdLifeLock(): Promise<string | undefined> {
  if (!(navigator as { locks?: LockManager }).locks) return undefined
  const name = `dbal:worker:${crypto.randomUUID()}`
  await holdLock(name, 5_000)
  return name
}

/**
 * Takes a lock and resolves with its release. Resolves at once where the browser has no locks (an insecure context).
 * @param waitMs how long to wait for whoever holds it
 * @throws TimeoutError
 */
export function holdLock(name: string, waitMs: number): Promise<() => void> {
  const { locks } = navigator as { locks?: LockManager }
  if (!locks) return Promise.resolve(() => {})
  return new Promise((resolve, reject) => {
    const held = () => new Promise<void>((release) => resolve(release))
    // A request that was granted settles when it is released, which is news to nobody.
    locks.request(name, { signal: AbortSignal.timeout(waitMs) }, held).catch(reject)
  })
}
