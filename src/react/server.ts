import { DBALError } from '../protocol/error.ts'

/** For a render on a server, which has no database to ask. */
export function unavailable(): DBALError<'CAPABILITY_NOT_SUPPORTED'> {
  return new DBALError('CAPABILITY_NOT_SUPPORTED', 'the database is in the browser, not on this server', {
    capability: 'serverRendering',
  })
}
