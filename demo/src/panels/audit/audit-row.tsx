import type { AuditEntry } from '@metabuilder/dbal'
import { ChevronDown } from 'lucide-react'
import { Fragment } from 'react'
import { RoleChip } from '../../session/role-mark.tsx'
import { Badge } from '../../ui/badge.tsx'
import { cx } from '../../ui/class-names.ts'
import { moment } from '../../ui/moments.ts'
import { milliseconds } from '../../ui/numbers.ts'

export function AuditRow({
  entry,
  isOpen,
  onToggle,
}: {
  entry: AuditEntry
  isOpen: boolean
  onToggle: () => void
}) {
  return (
    <>
      <tr className={cx('border-t hover:bg-sunken', isOpen && 'bg-sunken')} onClick={onToggle}>
        <td className="py-1.5 pr-2 pl-4 font-mono text-xs text-ink-2 tabular-nums max-sm:hidden lg:pl-6">
          {entry.seq}
        </td>
        <td className="px-2 py-1.5 text-xs text-ink-2 tabular-nums max-sm:pl-4 sm:whitespace-nowrap">
          {moment(entry.at)}
        </td>
        <td className="px-2 py-1.5 max-sm:hidden">
          <span className="flex items-center gap-1.5">
            <RoleChip role={entry.role} />
            <span className="truncate">{entry.username}</span>
          </span>
        </td>
        <td className="px-2 py-1.5">
          <span className="mr-1.5 sm:hidden">
            <RoleChip role={entry.role} />
          </span>
          <span className="font-medium">{entry.operation}</span>{' '}
          <span className="text-ink-2">{entry.entity}</span>
        </td>
        <td className="px-2 py-1.5">
          {entry.success ? (
            <Badge tone="ok">done</Badge>
          ) : (
            <Badge tone="danger">{entry.code ?? 'refused'}</Badge>
          )}
        </td>
        <td className="px-2 py-1.5 font-mono text-xs text-ink-3 max-lg:hidden">{entry.hash.slice(0, 12)}</td>
        <td className="pr-2">
          <button
            type="button"
            aria-expanded={isOpen}
            aria-label={`Details of entry ${entry.seq}`}
            onClick={(event) => {
              event.stopPropagation()
              onToggle()
            }}
            className="grid size-7 place-items-center rounded hover:bg-hover"
          >
            <ChevronDown
              size={16}
              aria-hidden
              className={cx('transition-transform', isOpen && 'rotate-180')}
            />
          </button>
        </td>
      </tr>
      {isOpen && (
        <tr className="bg-sunken">
          <td colSpan={7} className="px-4 pt-1 pb-4 lg:px-6">
            <Details entry={entry} />
          </td>
        </tr>
      )}
    </>
  )
}

function Details({ entry }: { entry: AuditEntry }) {
  const facts: readonly (readonly [string, string | null | undefined])[] = [
    ['Who', `${entry.username ?? 'nobody'} as ${entry.role}`],
    ['User', entry.userId],
    ['Session', entry.sessionId],
    [
      'Rows',
      entry.rowIds.map((id) => (typeof id === 'object' ? JSON.stringify(id) : String(id))).join(', ') || null,
    ],
    ['Took', milliseconds(entry.durationMs)],
    ['Hash', entry.hash],
    ['Before it', entry.prevHash],
  ]
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <dl className="grid h-fit grid-cols-[5rem_minmax(0,1fr)] gap-x-3 gap-y-1 text-xs">
        {facts.map(
          ([name, value]) =>
            value && (
              <Fragment key={name}>
                <dt className="text-ink-2">{name}</dt>
                <dd className="max-h-20 overflow-hidden font-mono [overflow-wrap:anywhere]">{value}</dd>
              </Fragment>
            ),
        )}
      </dl>
      {entry.changes && <Changes changes={entry.changes} />}
    </div>
  )
}

function Changes({ changes }: { changes: NonNullable<AuditEntry['changes']> }) {
  return (
    <table className="h-fit w-full table-fixed border-collapse rounded-md border bg-surface text-xs">
      <thead>
        <tr className="text-left text-ink-2">
          <th scope="col" className="w-28 px-2 py-1 font-medium">
            Field
          </th>
          <th scope="col" className="px-2 py-1 font-medium">
            Before
          </th>
          <th scope="col" className="px-2 py-1 font-medium">
            After
          </th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(changes).map(([field, [before, after]]) => (
          <tr key={field} className="border-t align-top">
            <th scope="row" className="truncate px-2 py-1 text-left font-medium">
              {field}
            </th>
            <td className="px-2 py-1 font-mono [overflow-wrap:anywhere]">{asText(before)}</td>
            <td className="px-2 py-1 font-mono [overflow-wrap:anywhere] text-ok">{asText(after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function asText(value: unknown): string {
  if (value === undefined) return ''
  const text =
    typeof value === 'string'
      ? value
      : JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part))
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
