import type { Stats } from '@metabuilder/dbal'
import { bytesInWords, counted } from '../../ui/numbers.ts'

export function Figures({ stats }: { stats: Stats }) {
  const figures: readonly (readonly [name: string, value: string, hint: string])[] = [
    ['File', bytesInWords(stats.sizeBytes), 'as a download would be'],
    ['Pages', counted(stats.pageCount), `of ${bytesInWords(stats.pageSize)} each`],
    [
      'Free pages',
      counted(stats.freePages),
      stats.freePages > 0 ? 'vacuum gives them back' : 'nothing to give back',
    ],
    ['Page cache', bytesInWords(stats.cacheBytes), 'in memory'],
    ['Prepared statements', counted(stats.preparedStatements), 'kept for the next call'],
    ['Write-ahead log', bytesInWords(stats.walBytes), 'not yet in the file'],
  ]
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-b-lg bg-line sm:grid-cols-3">
      {figures.map(([name, value, hint]) => (
        <div key={name} className="bg-surface px-4 py-3">
          <dt className="text-xs text-ink-2">{name}</dt>
          <dd>
            <span className="block text-[17px] font-semibold tracking-tight tabular-nums">{value}</span>
            <span className="text-xs text-ink-3">{hint}</span>
          </dd>
        </div>
      ))}
    </dl>
  )
}
