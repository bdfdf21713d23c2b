import { siteClient } from './site-clients.ts'
import { useStudio } from './studio.ts'
import type { SiteClient } from './studio-client.ts'

/** The present role's client of the sample site, with its accessors: for panels that only the site has. */
export function useSite(): SiteClient {
  return siteClient(useStudio().role)
}
