import type { DBALClient } from '@metabuilder/dbal'

/** The client of the sample site: the built-in schema, known to the compiler. */
export type SiteClient = DBALClient

/** A client over whichever database is open; its entities are known only at run time. */
export type StudioClient = Awaited<ReturnType<typeof DBALClient.openFile>>

/** A filter over fields that are known only at run time. */
export type StudioFilter = NonNullable<Parameters<ReturnType<StudioClient['entity']>['count']>[0]>
