import type { DBALError } from '@metabuilder/dbal'
import { Copy, DatabaseZap, LoaderCircle } from 'lucide-react'
import type { ReactNode } from 'react'
import { moveSite } from '../session/site-clients.ts'
import { sitePlace } from '../session/site-place.ts'
import type { Start } from '../session/use-start.ts'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/states.tsx'
import { Brand } from './brand.tsx'

/** What stands in place of the studio until the database is open, or when it cannot be. */
export function StartScreen({ start }: { start: Exclude<Start, { state: 'ready' }> }) {
  return (
    <main className="grid h-full place-items-center p-4">
      <div className="w-full max-w-md">
        <div className="mb-2 flex items-center justify-center gap-2.5 text-[15px] font-semibold">
          <Brand /> DBAL Studio
        </div>
        <h1 className="sr-only">DBAL Studio</h1>
        <Content start={start} />
      </div>
    </main>
  )
}

function Content({ start }: { start: Exclude<Start, { state: 'ready' }> }): ReactNode {
  switch (start.state) {
    case 'opening':
      return (
        <p role="status" className="flex items-center justify-center gap-2 py-6 text-ink-2">
          <LoaderCircle size={16} aria-hidden className="animate-spin" /> Opening the database…
        </p>
      )
    case 'waiting':
      return (
        <Empty icon={Copy} title="The studio is open in another tab">
          {start.reason} Close that tab, and this one goes on by itself.
        </Empty>
      )
    case 'failed':
      return (
        <Empty
          icon={DatabaseZap}
          title={`The database did not open: ${start.error.code}`}
          action={
            <div className="flex justify-center gap-2">
              <Button look="primary" onClick={() => location.reload()}>
                {start.isTrying ? 'Try now' : 'Try again'}
              </Button>
              {sitePlace() === 'daemon' && (
                <Button onClick={() => moveSite('browser')}>Keep it in this browser</Button>
              )}
            </div>
          }
        >
          {start.error.message}. {advice(start)}
          {start.isTrying && (
            <span role="status" className="mt-3 flex items-center justify-center gap-2">
              <LoaderCircle size={14} aria-hidden className="animate-spin" /> Looking for it…
            </span>
          )}
        </Empty>
      )
    default:
      return start satisfies never
  }
}

function advice({ error, isTrying }: { error: DBALError; isTrying: boolean }): string {
  if (error.code === 'CONFLICT')
    return 'Another version of the studio has made this database. Clear this site’s data in the browser to begin anew.'
  if (isTrying) return 'The studio opens by itself when it is back. What was made there is kept there.'
  return 'If it happens again, close other tabs of the studio, or clear this site’s data in the browser.'
}
