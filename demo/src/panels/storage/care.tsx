import type { Integrity } from '@metabuilder/dbal'
import { CircleCheck, Eraser, Gauge, ShieldQuestion, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { refusalOf } from '../../access/database-rights.ts'
import { useAction } from '../../client/use-action.ts'
import { useStudio } from '../../session/studio.ts'
import { Button } from '../../ui/button.tsx'
import { plural } from '../../ui/numbers.ts'
import { Card } from '../../ui/panel.tsx'

/** What keeps a database well. */
export function Care() {
  const { role } = useStudio()
  const { run, running } = useAction()
  const [integrity, setIntegrity] = useState<Integrity>()

  async function check() {
    const outcome = await run('check', (client) => client.checkIntegrity())
    if (outcome.ok) setIntegrity(outcome.value)
  }

  return (
    <Card title="Care" lead="SQLite’s own tools, run where the database is.">
      <div className="flex flex-wrap gap-2 p-4">
        <Button
          icon={ShieldQuestion}
          busy={running === 'check'}
          refusal={refusalOf(role, 'checkIntegrity')}
          onClick={check}
        >
          Check integrity
        </Button>
        <Button
          icon={Gauge}
          busy={running === 'analyze'}
          refusal={refusalOf(role, 'database.analyze')}
          onClick={() => run('analyze', (client) => client.analyze(), 'The planner’s statistics are new')}
        >
          Analyze
        </Button>
        <Button
          icon={Eraser}
          busy={running === 'vacuum'}
          refusal={refusalOf(role, 'database.vacuum')}
          onClick={() => run('vacuum', (client) => client.vacuum(), 'The file has no free pages left')}
        >
          Vacuum
        </Button>
      </div>
      <div role="status">
        {integrity && (
          <p className="flex items-start gap-2 border-t px-4 py-3">
            {integrity.ok ? (
              <>
                <CircleCheck size={17} aria-hidden className="mt-px text-ok" />
                The file and its foreign keys are sound.
              </>
            ) : (
              <>
                <TriangleAlert size={17} aria-hidden className="mt-px shrink-0 text-danger" />
                <span>
                  {plural(integrity.problems.length, 'problem')}: {integrity.problems.join('; ')}. Download
                  the database before anything else.
                </span>
              </>
            )}
          </p>
        )}
      </div>
    </Card>
  )
}
