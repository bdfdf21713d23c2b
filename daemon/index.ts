/** `@metabuilder/dbal/daemon`: a daemon in a process of one's own, with what a configuration file cannot hold. */

export { openPrisma, type PrismaLike, type PrismaOptions, type PrismaQueries } from '../src/drivers/prisma.ts'
export { ConfigError } from './config/read.ts'
export type { DaemonConfigInput } from './config/shape.ts'
export { type Daemon, type DaemonParts, startDaemon } from './start.ts'
