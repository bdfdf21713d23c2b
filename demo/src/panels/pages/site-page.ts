import type { SiteClient } from '../../session/studio-client.ts'

/** A row of PageConfig. */
export type SitePage = Awaited<ReturnType<SiteClient['pageConfigs']['read']>>
