import { type DBALError, DBALError as DBALErrorClass, type Role } from '@metabuilder/dbal'
import { toKysely } from '@metabuilder/dbal/kysely'
import { useRef, useState } from 'react'
import { toDBALError } from '../../client/errors.ts'
import { markChanged } from '../../client/revision.ts'
import { useStudio } from '../../session/studio.ts'
import type { StudioClient } from '../../session/studio-client.ts'
import { plural } from '../../ui/numbers.ts'
import { evaluate, settle } from './evaluate.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { flat, type Plan, planOf, type Traced, traced } from './plan.ts'
import { TextError } from './syntax.ts'

export type Language = 'code' | 'sql'

export type Run =
  | { readonly state: 'running'; readonly text: string }
  | {
      readonly state: 'done'
      readonly text: string
      readonly outcome: Outcome
      readonly durationMs: number
      /** How the database went about it; absent where the role may not know, or it was no read. */
      readonly plan?: Plan | undefined
    }
  | { readonly state: 'refused'; readonly text: string; readonly error: DBALError }
  | { readonly state: 'unclear'; readonly text: string; readonly message: string; readonly at: number }

/** Runs what is typed as the present role. Another role starts with nothing. */
export function useRun() {
  const { client, role } = useStudio()
  const [known, setKnown] = useState<{ client: StudioClient; run: Run }>()
  const calls = useRef(0)

  async function run(text: string, language: Language): Promise<Run> {
    const call = ++calls.current
    const note = (next: Run) => {
      if (call === calls.current) setKnown({ client, run: next })
      return next
    }
    note({ state: 'running', text })
    try {
      return note({
        state: 'done',
        text,
        ...(await (language === 'sql' ? runSql(client, text) : carryOut(client, role, text))),
      })
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

async function carryOut(client: StudioClient, role: Role, text: string) {
  const trace: Traced = {}
  const startedAt = performance.now()
  const { value } = await evaluate(text, { client: traced(client, trace), db: toKysely(client) })
  const result = await settle(value)
  const durationMs = performance.now() - startedAt
  return { outcome: outcomeOf(result), durationMs, plan: await planOf(client, role, value, trace) }
}

async function runSql(client: StudioClient, text: string) {
  const startedAt = performance.now()
  const { columns, rows } = await client.sql.query(text)
  const durationMs = performance.now() - startedAt
  const { plan } = await client.sql.query(text, [], { explain: true }).catch(() => ({ plan: null }))
  return {
    outcome: { columns, rows, summary: plural(rows.length, 'row') },
    durationMs,
    plan: plan ? [{ steps: flat(plan) }] : undefined,
  }
}

/** Kysely itself refuses what cannot be written down as a query; that is the text's fault, not a defect. */
function asError(thrown: unknown): DBALError {
  if (thrown instanceof DBALErrorClass) return thrown
  if (!(thrown instanceof Error)) return toDBALError(thrown)
  return new DBALErrorClass('VALIDATION_ERROR', thrown.message, { issues: [] }, { cause: thrown })
}
