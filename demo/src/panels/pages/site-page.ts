import type { SiteClient } from '../../session/studio-client.ts'

/** A row of PageConfig. */
export type SitePage = Awaited<ReturnType<SiteClient['pageConfigs']['read']>>

/** The list of pages, as it stands everywhere. */
export const pageOrder = { sort: { level: 'asc', sortOrder: 'asc', title: 'asc' }, limit: 100 } as const
