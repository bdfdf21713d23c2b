import { Download } from 'lucide-react'
import { refusalOf } from '../../access/database-rights.ts'
import { useAction } from '../../client/use-action.ts'
import { useStudio } from '../../session/studio.ts'
import { Button } from '../../ui/button.tsx'
import { download } from '../../ui/download.ts'
import { plural } from '../../ui/numbers.ts'
import type { Filter } from './audit-panel.tsx'

/** The log as JSON Lines, oldest first, as far as the filter goes. */
export function ExportButton({ filter }: { filter: Filter }) {
  const { role } = useStudio()
  const { run, running } = useAction()

  async function save() {
    await run(
      'export',
      async (client) => {
        const lines: string[] = []
        for await (const line of client.audit.export({ filter })) lines.push(line.trimEnd())
        download('audit.jsonl', `${lines.join('\n')}\n`, 'application/jsonl')
        return lines.length
      },
      (count) => `audit.jsonl, ${plural(count, 'entry', 'entries')}`,
    )
  }

  return (
    <Button
      icon={Download}
      busy={running !== undefined}
      refusal={refusalOf(role, 'audit.export')}
      onClick={save}
    >
      Export JSON Lines
    </Button>
  )
}
