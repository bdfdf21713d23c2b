/** What a worker of the app's own imports: `@metabuilder/dbal/worker`. */

export { type HostDatabaseOptions, hostDatabase } from './host-database.ts'
