/** The package's worker. */

import { hostDatabase } from './host-database.ts'

hostDatabase()
