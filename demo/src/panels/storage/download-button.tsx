import { Download } from 'lucide-react'
import { refusalOf } from '../../access/database-rights.ts'
import { useAction } from '../../client/use-action.ts'
import { useStudio } from '../../session/studio.ts'
import { Button } from '../../ui/button.tsx'
import { download } from '../../ui/download.ts'
import { bytesInWords } from '../../ui/numbers.ts'

/** The whole database as a file that any SQLite tool opens. */
export function DownloadButton({ label }: { label: string }) {
  const { role, file } = useStudio()
  const { run, running } = useAction()
  const name = file
    ? file.name.replace(/(\.\w+)?$/, (ending) => `-copy${ending || '.sqlite'}`)
    : 'lantern-books.sqlite'

  async function save() {
    await run(
      'download',
      async (client) => {
        const bytes = await client.export()
        download(name, bytes, 'application/vnd.sqlite3')
        return bytes.byteLength
      },
      (size) => `${name}, ${bytesInWords(size)}`,
    )
  }

  return (
    <Button
      icon={Download}
      busy={running !== undefined}
      refusal={file ? undefined : refusalOf(role, 'database.export')}
      onClick={save}
    >
      {label}
    </Button>
  )
}
