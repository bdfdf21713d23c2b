import { type DBALError, DBALError as DBALErrorClass } from '@metabuilder/dbal'
import { toKysely } from '@metabuilder/dbal/kysely'
import { useRef, useState } from 'react'
import { toDBALError } from '../../client/errors.ts'
import { markChanged } from '../../client/revision.ts'
import { useStudio } from '../../session/studio.ts'
import type { StudioClient } from '../../session/studio-client.ts'
import { evaluate, settle } from './evaluate.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { TextError } from './syntax.ts'

export type Run =
  | { readonly state: 'running'; readonly text: string }
  | { readonly state: 'done'; readonly text: string; readonly outcome: Outcome; readonly durationMs: number }
  | { readonly state: 'refused'; readonly text: string; readonly error: DBALError }
  | { readonly state: 'unclear'; readonly text: string; readonly message: string; readonly at: number }

/** Runs what is typed as the present role. Another role starts with nothing. */
export function useRun() {
  const { client } = useStudio()
  const [known, setKnown] = useState<{ client: StudioClient; run: Run }>()
  const calls = useRef(0)

  async function run(text: string): Promise<Run> {
    const call = ++calls.current
    const note = (next: Run) => {
      if (call === calls.current) setKnown({ client, run: next })
      return next
    }
    note({ state: 'running', text })
    try {
      const { outcome, durationMs } = await carryOut(client, text)
      return note({ state: 'done', text, outcome, durationMs })
    } catch (thrown) {
      if (thrown instanceof TextError)
        return note({ state: 'unclear', text, message: thrown.message, at: thrown.at })
      return note({ state: 'refused', text, error: asError(thrown) })
    } finally {
      // It may have written; and a refusal stands in the audit log.
      markChanged()
    }
  }

  return { run, known: known?.client === client ? known.run : undefined }
}

async function carryOut(
  client: StudioClient,
  text: string,
): Promise<{ outcome: Outcome; durationMs: number }> {
  const startedAt = performance.now()
  const { value } = await evaluate(text, { client, db: toKysely(client) })
  const result = await settle(value)
  const durationMs = performance.now() - startedAt
  return { outcome: outcomeOf(result), durationMs }
}

/** Kysely itself refuses what cannot be written down as a query; that is the text's fault, not a defect. */
function asError(thrown: unknown): DBALError {
  if (thrown instanceof DBALErrorClass) return thrown
  if (!(thrown instanceof Error)) return toDBALError(thrown)
  return new DBALErrorClass('VALIDATION_ERROR', thrown.message, { issues: [] }, { cause: thrown })
}
