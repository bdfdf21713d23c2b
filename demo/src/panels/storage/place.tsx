import type { Ready } from '@metabuilder/dbal'
import { useConnection } from '@metabuilder/dbal/react'
import { useState } from 'react'
import { notifyError, toDBALError } from '../../client/errors.ts'
import { useCall } from '../../client/use-call.ts'
import { useStudio } from '../../session/studio.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { bytesInWords } from '../../ui/numbers.ts'
import { Card } from '../../ui/panel.tsx'
import { notify } from '../../ui/toast.tsx'

/** Which storage was reached, and how safe it is there. */
export function Place() {
  const { file } = useStudio()
  const { ready: first, persistence, reason } = useConnection()
  // A storage can become weaker while it is in use.
  const ready = first && { ...first, ...(persistence && { persistence }), ...(reason && { reason }) }
  const isRemote = ready?.persistence === 'remote'
  const isKept = isRemote || ready?.persistence === 'opfs' || ready?.persistence === 'indexeddb'
  return (
    <Card
      title="Where it lives"
      lead={file ? `A copy of ${file.name} in the memory of this tab.` : placeInWords(ready)}
      actions={ready && <Badge tone={isKept ? 'ok' : 'warn'}>{ready.persistence}</Badge>}
    >
      <div className="space-y-3 p-4">
        {ready?.reason && <p className="rounded-md bg-warn-soft px-3 py-2 text-warn">{ready.reason}</p>}
        {file && (
          <p className="text-ink-2">
            What you change is lost when this tab closes. Download the file to keep it.
          </p>
        )}
        {!file && !isRemote && <Quota />}
        {isRemote && <p className="text-ink-2">Schema version {ready.version}.</p>}
        {ready && !isRemote && (
          <p className="text-xs text-ink-3">
            Worker reached by: {ready.rung}. This tab is the {ready.role}.
            {!file && ` Schema version ${ready.version}.`}
          </p>
        )}
      </div>
    </Card>
  )
}

function placeInWords(ready: Ready | undefined): string {
  if (!ready) return 'The storage is being opened.'
  switch (ready.persistence) {
    case 'opfs':
      return 'In the private file system of this browser. It outlives reloads and restarts.'
    case 'indexeddb':
      return 'In IndexedDB of this browser. It outlives reloads and restarts.'
    case 'memory':
      return 'Only in the memory of this tab: a reload loses it.'
    case 'remote':
      return 'With a daemon, behind a WebSocket. Every browser that is connected sees the same.'
    default:
      return ready.persistence satisfies never
  }
}

/** What the browser grants this site, and whether it may take it back. */
function Quota() {
  const [attempt, setAttempt] = useState(0)
  const { data } = useCall(`quota ${attempt}`, async () => {
    const [{ usage = 0, quota = 0 }, isPersisted] = await Promise.all([
      navigator.storage.estimate(),
      navigator.storage.persisted(),
    ])
    return { usage, quota, isPersisted }
  })

  async function keep() {
    try {
      const isGranted = await navigator.storage.persist()
      setAttempt(attempt + 1)
      notify(
        isGranted
          ? { tone: 'ok', title: 'The browser keeps this site’s data' }
          : {
              tone: 'danger',
              title: 'Not granted',
              text: 'The browser decides by how much a site is used: bookmark or install it, then ask again.',
            },
      )
    } catch (thrown) {
      notifyError(toDBALError(thrown))
    }
  }

  if (!data) return <div className="h-14" />
  const share = data.quota > 0 ? data.usage / data.quota : 0
  return (
    <div>
      <div className="mb-1 flex items-baseline justify-between gap-3">
        <span>
          {bytesInWords(data.usage)}{' '}
          <span className="text-ink-2">of {bytesInWords(data.quota)} that the browser grants</span>
        </span>
        <span className="text-xs text-ink-2 tabular-nums">
          {(share * 100).toFixed(share < 0.01 ? 3 : 1)} %
        </span>
      </div>
      <div aria-hidden className="h-1.5 overflow-hidden rounded-full bg-hover">
        <div className="h-full rounded-full bg-accent" style={{ width: `${Math.max(0.5, share * 100)}%` }} />
      </div>
      <div className="mt-2 flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1 text-ink-2">
        {data.isPersisted ? (
          'The browser has promised not to evict it.'
        ) : (
          <>
            <span className="flex-1">The browser may evict it when the disk is full.</span>
            <Button onClick={keep}>Ask it to keep the data</Button>
          </>
        )}
      </div>
    </div>
  )
}
