/** What two keys say together: each is right by itself. */

import type { Driver } from '../../src/drivers/driver.ts'
import { checkPassword } from '../../src/engine/passwords.ts'
import { isLoopback } from '../addresses.ts'
import { adapterOf } from '../open-driver.ts'
import { ConfigError } from './read.ts'
import type { DaemonConfig } from './shape.ts'

/**
 * @param given the database that is open already, in place of that of the configuration
 * @throws ConfigError
 */
export function checkConfiguration(
  { server, database, security, performance }: DaemonConfig,
  given?: Pick<Driver, 'dialect' | 'notices'>,
): void {
  const problems: string[] = []
  const { tls, host, trusted_proxies, allow_insecure } = server
  if (tls.enabled) {
    for (const name of ['cert_file', 'key_file'] as const)
      if (tls[name] === undefined) problems.push(`server.tls.${name}: must be given where TLS is enabled`)
  } else if (!isLoopback(host) && trusted_proxies.length === 0 && !allow_insecure) {
    problems.push(
      `server.host: ${host} is reached by others, and nothing would be encrypted; enable server.tls, name the proxy that ` +
        'does it in server.trusted_proxies, or set server.allow_insecure',
    )
  }
  const adapter = adapterOf(database)
  if (adapter === undefined)
    problems.push('database.url: must begin with file:, postgres:, postgresql:, mysql: or mariadb:')
  else if (database.adapter !== undefined && database.adapter !== adapter)
    problems.push(`database.adapter: is ${database.adapter}, and database.url names another`)
  if (adapter === 'sqlite' && database.connection)
    problems.push('database.connection: a file has none; give its address as database.url')
  if (
    security.rate_limit.store === 'postgres' &&
    (given ? given.dialect !== 'postgres' : adapter !== 'postgresql')
  )
    problems.push('security.rate_limit.store: postgres needs a database that is PostgreSQL')
  const isDeaf = given ? given.dialect !== 'sqlite' && !given.notices?.listen : adapter === 'mysql'
  if (performance.cache_enabled && isDeaf)
    problems.push('performance.cache_enabled: what others write to this database would not be heard of')
  if (security.bootstrap) {
    try {
      checkPassword(security.bootstrap.password)
    } catch (error) {
      problems.push(`security.bootstrap.${(error as Error).message}`)
    }
  }
  if (security.audit_log_path !== undefined && !security.audit_log)
    problems.push('security.audit_log_path: needs security.audit_log')
  if (problems.length > 0) throw new ConfigError(problems)
}
