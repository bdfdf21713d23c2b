/** From a configuration and a driver to an engine that serves: what every host does alike. */

import type { Driver } from '../drivers/driver.ts'
import { Engine } from '../engine/engine.ts'
import type { Random } from '../engine/ids.ts'
import type { PasswordHasher } from '../engine/passwords.ts'
import type { Clock } from '../engine/pipeline.ts'
import type { Event } from '../protocol/event.ts'
import type { OpenedConfig } from './config.ts'
import { definitionOf, type KnownDefinitions } from './definition.ts'
import { foreignDefinition } from './foreign.ts'

/** What the engine needs of a platform. */
export interface Platform {
  readonly clock: Clock
  readonly random: Random
  readonly passwords: PasswordHasher
  /** Notes down a failure whose cause may not leave the host. */
  readonly onIncident: (incident: string, cause: unknown) => void
}

export interface DatabaseOptions {
  readonly config: OpenedConfig
  readonly definitions: KnownDefinitions
  readonly driver: Driver
  readonly platform: Platform
  readonly onEvent: (event: Event) => void
}

/**
 * Brings the database to its schema and serves it; closes the driver when that fails.
 * @throws DBALError
 */
export async function openDatabase({
  config,
  definitions,
  driver,
  platform,
  onEvent,
}: DatabaseOptions): Promise<Engine> {
  const isForeign = config.schema === null
  try {
    const { schema, migrations } = isForeign
      ? await foreignDefinition(driver, config)
      : definitionOf(config, definitions)
    return await Engine.open({
      schema,
      migrations,
      driver,
      foreign: isForeign,
      sandbox: config.security.sandbox,
      auditLog: config.security.auditLog,
      rawSql: config.security.rawSql,
      // Whoever opens a database by its own configuration is developing with it.
      explain: true,
      limits: config.limits,
      onEvent,
      ...platform,
    })
  } catch (error) {
    await driver.close()
    throw error
  }
}
