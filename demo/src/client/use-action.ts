import type { DBALError } from '@metabuilder/dbal'
import { useState } from 'react'
import { useStudio } from '../session/studio.ts'
import type { StudioClient } from '../session/studio-client.ts'
import { notify } from '../ui/toast.tsx'
import { notifyError, toDBALError } from './errors.ts'
import { markChanged } from './revision.ts'

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: DBALError }

/**
 * Does something as the present role. A failure is told with its code and message; a success lets everything on the
 * screen read again, and says `done` if there is something to say.
 */
export function useAction() {
  const { client } = useStudio()
  const [running, setRunning] = useState<string>()

  async function run<T>(
    name: string,
    action: (client: StudioClient) => Promise<T>,
    done?: string | ((value: T) => string),
  ): Promise<Outcome<T>> {
    setRunning(name)
    try {
      const value = await action(client)
      markChanged()
      if (done) notify({ tone: 'ok', title: typeof done === 'string' ? done : done(value) })
      return { ok: true, value }
    } catch (thrown) {
      const error = toDBALError(thrown)
      notifyError(error)
      // A refusal is an entry of the audit log, which may be on the screen.
      markChanged()
      return { ok: false, error }
    } finally {
      setRunning(undefined)
    }
  }

  return { run, running }
}
