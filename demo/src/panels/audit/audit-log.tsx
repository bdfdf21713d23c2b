import { History } from 'lucide-react'
import { useState } from 'react'
import { useCall } from '../../client/use-call.ts'
import { Button } from '../../ui/button.tsx'
import { ScrollRegion } from '../../ui/scroll-region.tsx'
import { Empty, Failed, SkeletonLines } from '../../ui/states.tsx'
import type { Filter } from './audit-panel.tsx'
import { AuditRow } from './audit-row.tsx'

const pageSize = 50

/** The log, newest first; older pages are added below. */
export function AuditLog({ filter }: { filter: Filter }) {
  const [pages, setPages] = useState(1)
  const [openSeq, setOpenSeq] = useState<number>()
  const log = useCall(`audit ${JSON.stringify(filter)} ${pages}`, async (client) => {
    const entries = []
    let cursor: string | undefined
    for (let page = 0; page < pages; page++) {
      const { data, nextCursor } = await client.audit.list({
        filter,
        limit: pageSize,
        ...(cursor && { cursor }),
      })
      entries.push(...data)
      cursor = nextCursor
      if (cursor === undefined) break
    }
    return { entries, hasMore: cursor !== undefined }
  })

  if (log.error) return <Failed error={log.error} action={<Button onClick={log.retry}>Try again</Button>} />
  if (!log.data) return <SkeletonLines label="Reading the audit log" lines={10} />
  if (log.data.entries.length === 0) {
    return (
      <div className="flex-1 border-t bg-surface">
        <Empty icon={History} title="No entries">
          Nothing was recorded that this filter lets through. Change something in Data, or loosen the filter.
        </Empty>
      </div>
    )
  }
  return (
    <ScrollRegion label="Audit log" className="min-h-0 flex-1 border-t bg-surface">
      <table className="w-full border-collapse">
        <thead className="sticky top-0 z-10 bg-sunken text-left text-xs shadow-[0_1px_0_var(--line-strong)]">
          <tr>
            <th scope="col" className="w-12 py-2 pr-2 pl-4 font-semibold max-sm:hidden lg:pl-6">
              #
            </th>
            <th scope="col" className="px-2 py-2 font-semibold max-sm:pl-4">
              When
            </th>
            <th scope="col" className="px-2 py-2 font-semibold max-sm:hidden">
              Who
            </th>
            <th scope="col" className="px-2 py-2 font-semibold">
              What
            </th>
            <th scope="col" className="px-2 py-2 font-semibold">
              Outcome
            </th>
            <th scope="col" className="px-2 py-2 font-semibold max-lg:hidden">
              Hash
            </th>
            <th scope="col" className="w-10">
              <span className="sr-only">Details</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {log.data.entries.map((entry) => (
            <AuditRow
              key={entry.seq}
              entry={entry}
              isOpen={openSeq === entry.seq}
              onToggle={() => setOpenSeq(openSeq === entry.seq ? undefined : entry.seq)}
            />
          ))}
        </tbody>
      </table>
      {log.data.hasMore && (
        <div className="border-t p-3 text-center">
          <Button busy={log.isLoading} onClick={() => setPages(pages + 1)}>
            Older entries
          </Button>
        </div>
      )}
    </ScrollRegion>
  )
}
