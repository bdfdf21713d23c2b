/** One schema of a PostgreSQL, used from both sides: by the engine as its owner, and directly by callers under policies. */

import pg from 'pg'
import { DBALClient } from '../../src/client/client.ts'
import type { Driver } from '../../src/drivers/driver.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { postgresDialect } from '../../src/engine/postgres/dialect.ts'
import { toKysely } from '../../src/kysely/index.ts'
import type { Principal } from '../../src/protocol/principal.ts'
import { type EntityRule, type Schema, schemaFromData } from '../../src/schema/define.ts'
import { LocalTransport } from '../../src/transport/local.ts'
import type { Any } from '../kysely/support/scope.ts'
import { openTestEngine } from '../support/engine.ts'
import type { TestPostgres } from '../support/postgres.ts'
import { peeks, quoteName, quoteText } from './conditions.ts'
import { createPolicies, type Policy, rowLevelSecurity, rulesOf, serverRole } from './policies.ts'
import {
  type Entity,
  entities,
  kinds,
  levelOfCaller,
  now,
  type RoleName,
  type Rows,
  roleNames,
  schema,
} from './tables.ts'
import { literal } from './writes.ts'

const numbers = new Set([20, 21, 23, 700, 701, 1700])

export interface Caller {
  readonly client: DBALClient<Schema>
  readonly kysely: Any
}

/** Our side of a world: the same tables, other rules. */
export interface OurSide {
  caller(principal: Principal): Caller
  readonly incidents: readonly unknown[]
  close(): Promise<void>
}

/** A full join whose condition it has made a constant of, or that it knows no way for. */
const isUnplannable = (error: unknown): boolean => {
  const { code, message } = error as Error & { readonly code?: string }
  return code === '0A000' || (code === 'XX000' && message.includes('variable-free clause'))
}

/** The state that a write leaves, or the code of its refusal; undefined for what PostgreSQL cannot plan. */
export type Outcome = string | { readonly code: string } | undefined

export class Servers {
  readonly #driver: Driver
  readonly #owner: pg.Client
  #role: RoleName | null = null

  private constructor(driver: Driver, owner: pg.Client) {
    this.#driver = driver
    this.#owner = owner
  }

  static async open(server: TestPostgres): Promise<Servers> {
    const name = server.freshSchema()
    const { host, port, user, password, database } = server.options
    const driver = await server.open({ schema: name, poolSize: 2 })
    const owner = new pg.Client({
      ...(host !== undefined && { host }),
      port,
      ...(user !== undefined && { user }),
      password,
      ...(database !== undefined && { database }),
      options: `-c search_path=${name} -c timezone=UTC`,
      types: {
        getTypeParser: ((oid: number, format: 'text') =>
          numbers.has(oid) ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
      },
    })
    await owner.connect()
    const servers = new Servers(driver, owner)
    await (await servers.ours([])).close()
    await owner.query(`
      ${roleNames.map((role) => `drop role if exists ${serverRole(role)}; create role ${serverRole(role)};`).join('\n')}
      grant usage on schema ${name} to ${roleNames.map(serverRole).join(', ')};
      ${peeks()}
      ${rowLevelSecurity()}`)
    return servers
  }

  /** Other rows and other policies than before. */
  async fill(rows: Rows, policies: readonly Policy[]): Promise<void> {
    const inserts = entities.map((entity) => {
      const names = Object.keys(kinds[entity])
      const values = rows[entity].map((row) => `(${names.map((name) => literal(row[name])).join(', ')})`)
      return `insert into ${quoteName(entity)} (${names.map(quoteName).join(', ')}) values ${values.join(', ')};`
    })
    const emptying = `truncate ${entities.map(quoteName).join(', ')};`
    await this.asOwner(`${emptying} ${inserts.join(' ')} ${createPolicies(policies)}`)
  }

  async ours(
    policies: readonly Policy[],
    change: (rules: EntityRule[]) => EntityRule[] = (rules) => rules,
  ): Promise<OurSide> {
    const driver: Driver = {
      dialect: this.#driver.dialect,
      ...(this.#driver.server && { server: this.#driver.server }),
      synchronous: this.#driver.synchronous,
      capabilities: this.#driver.capabilities,
      now: () => this.#driver.now(),
      acquire: () => this.#driver.acquire(),
      stats: () => this.#driver.stats(),
      checkIntegrity: () => this.#driver.checkIntegrity(),
      analyze: () => this.#driver.analyze(),
      vacuum: () => this.#driver.vacuum(),
      close: async () => {},
    }
    const ruled = schemaFromData(schema, change(rulesOf(policies)))
    const { engine, clock, incidents } = await openTestEngine({
      schema: ruled,
      migrations: [],
      auditLog: false,
      driver,
      dialect: postgresDialect,
    })
    clock.at = Date.parse(now)
    return new Ours(ruled, engine, incidents)
  }

  /** Who asks from now on, in a session that owns nothing. */
  async as(principal: Principal): Promise<void> {
    await this.asOwner(this.#settings(principal))
    this.#role = principal.role as RoleName
    await this.#owner.query(`set role ${serverRole(this.#role)}`)
  }

  #settings({ userId, username, email, role }: Principal): string {
    const values = {
      id: userId,
      username,
      email,
      role,
      level: String(levelOfCaller({ role } as Principal)),
      now,
    }
    const set = Object.entries(values).map(
      ([name, value]) => `set_config('caller.${name}', ${quoteText(value ?? '')}, false)`,
    )
    return `select ${set.join(', ')}`
  }

  /** @returns undefined for what PostgreSQL cannot plan */
  async rows(sql: string): Promise<readonly object[] | undefined> {
    try {
      return (await this.#owner.query(sql)).rows as object[]
    } catch (error) {
      if (isUnplannable(error)) return undefined
      throw new Error(`${(error as Error).message} in ${sql}`, { cause: error })
    }
  }

  async asOwner(sql: string): Promise<void> {
    if (this.#role !== null) await this.#owner.query('reset role')
    this.#role = null
    await this.#owner.query(sql)
  }

  /**
   * What a write of the caller would leave, without leaving it. */
  async tried(write: string): Promise<Outcome> {
    return this.#tried(async () => {
      await this.#owner.query(write)
      await this.#owner.query('reset role')
      return this.state()
    })
  }

  /**
   * An update that PostgreSQL refuses because the caller would lose sight of a row: it asks that of a new row as well, and
   * the engine does not. So what the update itself may leave is asked alone.
   */
  async triedBlindly(
    entity: Entity,
    { where, set }: { readonly where: string; readonly set: string },
    check: string,
  ): Promise<Outcome> {
    const table = quoteName(entity)
    return this.#tried(async () => {
      const { rows } = await this.#owner.query<{ id: number }>(
        `select id from ${table} where ${where} for update`,
      )
      const ids = `(${[0, ...rows.map(({ id }) => id)].join(', ')})`
      const update = `update ${table} set ${set} where id in ${ids}`
      // Policies come before foreign keys.
      await this.#owner.query(
        `reset role; savepoint blind; set local session_replication_role = replica; ${update}`,
      )
      const { rowCount } = await this.#owner.query(
        `select 1 from ${table} where id in ${ids} and (${check}) is not true`,
      )
      if (rowCount !== 0) return { code: '42501' }
      await this.#owner.query(`rollback to blind; ${update}`)
      return this.state()
    })
  }

  async #tried(work: () => Promise<Outcome>): Promise<Outcome> {
    const role = serverRole(this.#role as RoleName)
    await this.#owner.query('begin')
    try {
      return await work()
    } catch (error) {
      return isUnplannable(error) ? undefined : { code: (error as { code: string }).code }
    } finally {
      await this.#owner.query(`rollback; set role ${role}`)
    }
  }

  /** All that is stored, as the owner sees it. */
  async stored(): Promise<string> {
    await this.#owner.query('reset role')
    try {
      return await this.state()
    } finally {
      if (this.#role) await this.#owner.query(`set role ${serverRole(this.#role)}`)
    }
  }

  async state(): Promise<string> {
    const of = (entity: Entity) =>
      `(select string_agg(t::text, E'\\n' order by id) from ${quoteName(entity)} as t)`
    const { rows } = await this.#owner.query<{ state: string }>(
      `select concat_ws(E'\\n\\n', ${entities.map(of).join(', ')}) as state`,
    )
    return (rows[0] as { state: string }).state
  }

  async close(): Promise<void> {
    await this.#owner.end()
    await this.#driver.close()
  }
}

class Ours implements OurSide {
  readonly incidents: readonly unknown[]
  readonly #schema: Schema
  readonly #engine: Engine
  readonly #clients: DBALClient<Schema>[] = []

  constructor(ruled: Schema, engine: Engine, incidents: readonly unknown[]) {
    this.#schema = ruled
    this.#engine = engine
    this.incidents = incidents
  }

  caller(principal: Principal): Caller {
    const transport = new LocalTransport({
      connect: (emit) => this.#engine.connect({ principal, clientId: crypto.randomUUID(), emit }),
    })
    const client = new DBALClient<Schema>({ schema: this.#schema, transport })
    this.#clients.push(client)
    return { client, kysely: toKysely(client) }
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.close()
    await this.#engine.close()
  }
}
