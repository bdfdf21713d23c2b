import { Lock } from 'lucide-react'
import type { ReactNode } from 'react'
import { useAction } from '../client/use-action.ts'
import { useStudio } from '../session/studio.ts'
import type { StudioClient } from '../session/studio-client.ts'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/states.tsx'

/** Stands where the role may not look. The engine can be asked all the same: it refuses, and the audit log has it. */
export function Denied({
  title,
  reason,
  attempt,
}: {
  title: string
  reason: ReactNode
  attempt: (client: StudioClient) => Promise<unknown>
}) {
  const { role } = useStudio()
  const { run, running } = useAction()
  return (
    <Empty
      icon={Lock}
      title={title}
      action={
        <Button busy={running !== undefined} onClick={() => run('attempt', attempt)}>
          Ask the engine anyway
        </Button>
      }
    >
      {reason} Switch to another role at the top right, or ask as {role} and see the refusal.
    </Empty>
  )
}
