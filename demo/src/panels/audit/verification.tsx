import type { AuditVerification } from '@metabuilder/dbal'
import { Link2, ShieldAlert, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { refusalOf } from '../../access/database-rights.ts'
import { useAction } from '../../client/use-action.ts'
import { useStudio } from '../../session/studio.ts'
import { Code } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/class-names.ts'
import { milliseconds, plural } from '../../ui/numbers.ts'

/** Recomputes every hash of the chain, and says what came of it. */
export function Verification() {
  const { role } = useStudio()
  const { run, running } = useAction()
  const [result, setResult] = useState<AuditVerification & { durationMs: number }>()

  async function verify() {
    const startedAt = performance.now()
    const outcome = await run('verify', (client) => client.audit.verify())
    setResult(outcome.ok ? { ...outcome.value, durationMs: performance.now() - startedAt } : undefined)
  }

  return (
    <div
      className={cx(
        'flex min-h-13 flex-wrap items-center gap-x-3 gap-y-1 border-t px-4 py-2 lg:px-6',
        !result ? 'bg-surface' : result.ok ? 'bg-ok-soft' : 'bg-danger-soft',
      )}
    >
      <Button
        look={result ? 'secondary' : 'primary'}
        icon={Link2}
        busy={running !== undefined}
        refusal={refusalOf(role, 'audit.verify')}
        onClick={verify}
      >
        {result ? 'Verify again' : 'Verify the chain'}
      </Button>
      <p role="status" className="min-w-0 flex-1 basis-60">
        {result ? (
          <Result result={result} />
        ) : (
          <span className="text-ink-2 max-sm:hidden">
            Recomputes the hash of every entry, from the first to the last.
          </span>
        )}
      </p>
    </div>
  )
}

function Result({ result }: { result: AuditVerification & { durationMs: number } }) {
  const entries = plural(result.entries, 'entry', 'entries')
  if (result.ok) {
    return (
      <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5 text-ok">
        <ShieldCheck size={17} aria-hidden />
        <strong className="font-semibold">The chain is whole.</strong> {entries} recomputed in{' '}
        {milliseconds(result.durationMs)}.{' '}
        <span className="text-ink-2 max-sm:hidden">
          Head <Code>{result.head.hash.slice(0, 16)}</Code>
        </span>
      </span>
    )
  }
  return (
    <span className="flex flex-wrap items-center gap-2 text-danger">
      <ShieldAlert size={17} aria-hidden />
      <strong className="font-semibold">
        The chain is broken{result.firstBad && ` at entry ${result.firstBad.seq}`}.
      </strong>
      {result.firstBad?.reason}
    </span>
  )
}
