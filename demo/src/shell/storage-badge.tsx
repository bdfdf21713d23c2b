import { useConnection } from '@metabuilder/dbal/react'
import { HardDrive, MemoryStick, Server } from 'lucide-react'
import { hrefOf } from '../route/route.ts'
import { useStudio } from '../session/studio.ts'

import { cx } from '../ui/class-names.ts'
import { Tooltip } from '../ui/tooltip.tsx'

/** Where the data is kept, and whether the way to it is open. A weaker storage is never passed over in silence. */
export function StorageBadge() {
  const { state, persistence, reason } = useConnection()
  const { file } = useStudio()
  const isKept = persistence === 'opfs' || persistence === 'indexeddb' || persistence === 'remote'
  const Icon = persistence === 'remote' ? Server : isKept ? HardDrive : MemoryStick
  const words = persistence ?? 'opening'
  return (
    <Tooltip text={state === 'lost' ? lost : explain(persistence, reason, file?.name)}>
      <a
        href={hrefOf('storage')}
        aria-label={`Storage: ${words}, ${state}. Open the storage panel`}
        className={cx(
          'inline-flex h-8 items-center gap-1.5 rounded-md px-2 text-xs font-medium hover:bg-hover pointer-coarse:h-10',
          !persistence || isKept || file ? 'text-ink-2' : 'bg-warn-soft text-warn',
        )}
      >
        <span
          aria-hidden
          className={cx(
            'size-2 rounded-full',
            state === 'connected'
              ? 'bg-ok'
              : state === 'connecting' || state === 'waiting'
                ? 'bg-warn'
                : 'bg-danger',
          )}
        />
        <Icon size={15} aria-hidden className="max-sm:hidden" />
        <span className="font-mono">{words}</span>
        <span className={cx('font-normal text-ink-3', state === 'connected' && 'hidden 2xl:inline')}>
          {state}
        </span>
      </a>
    </Tooltip>
  )
}

const lost =
  'Nobody answers. What you see was there last; what you change waits for half a minute, and is told if it fails.'

function explain(persistence: string | undefined, reason: string | undefined, fileName: string | undefined) {
  if (fileName) return `${fileName} is a copy in the memory of this tab. Download it to keep what you change.`
  if (persistence === 'opfs')
    return 'Kept in this browser’s private file system. It outlives a reload and a restart.'
  if (persistence === 'remote') return 'Kept by a daemon. Every browser that is connected sees the same.'
  if (persistence === 'memory') return `Only in memory: a reload loses it.${reason ? ` ${reason}` : ''}`
  return reason ?? 'The database is being opened.'
}
