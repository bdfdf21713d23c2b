/** Runs cases against any world. */

import type { EntityRule } from '../../src/schema/define.ts'
import type { Case, Topic } from './case.ts'
import { auditor, CaseRun } from './case-run.ts'
import { schemas } from './schemas.ts'
import { type CreateWorld, type Endpoint, refusingWorld, type World } from './world.ts'

export interface CaseResult {
  readonly topic: string
  readonly name: string
  /** Absent when the case passed. */
  readonly failure?: string
}

/**
 * Runs every case and tells how each went. Where a new database takes long, as a worker does, cases may follow each other
 * in one: those that leave nothing behind which cannot be deleted.
 */
export async function runConformance(
  topics: readonly Topic[],
  createWorld: CreateWorld,
  { shares = false }: { readonly shares?: boolean } = {},
): Promise<CaseResult[]> {
  const results: CaseResult[] = []
  const shared = new SharedWorld(createWorld)
  for (const { topic, cases } of topics) {
    for (const one of cases) {
      const running = shares && leavesRowsOnly(one) ? shared.run(one) : runCase(one, createWorld)
      const failure = await running.then(
        () => undefined,
        (error: Error) => error.message,
      )
      results.push({ topic, name: one.name, ...(failure !== undefined && { failure }) })
    }
  }
  await shared.close()
  return results
}

/**
 * Runs one case over a database of its own.
 * @throws Error that says which step did what instead
 */
export async function runCase(one: Case, createWorld: CreateWorld): Promise<void> {
  let world: World
  try {
    world = await createWorld({
      ...(one.schema !== undefined && { schema: schemaOf(one.schema) }),
      // Rules may be wrong on purpose.
      ...(one.rules && { rules: one.rules as readonly EntityRule[] }),
    })
  } catch (error) {
    world = refusingWorld(error)
  }
  try {
    await runIn(world, one)
  } finally {
    await world.close()
  }
}

export async function runIn(world: World, one: Case): Promise<void> {
  const run = new CaseRun(world)
  try {
    if (one.refused) await run.refused(one.refused)
    for (const [at, step] of (one.given ?? []).entries()) await run.step(step, `given[${at}]`)
    for (const [at, step] of one.steps.entries()) await run.step(step, `steps[${at}]`)
  } finally {
    await run.close()
  }
}

/** The log, failed sign-ins and another schema would be there for the next case. */
export function leavesRowsOnly({ schema, rules, given = [], steps }: Case): boolean {
  const paths = [...given, ...steps].map((step) => ('call' in step ? step.call[0] : ''))
  return (
    schema === undefined &&
    rules === undefined &&
    !paths.some((path) => /^(audit|migrations|Credential)\./.test(path))
  )
}

/** What cases fill, in an order in which it can be deleted. */
export const writtenEntities = ['Workflow', 'LuaScript', 'InstalledPackage', 'PageConfig', 'User'] as const

/** One database for many cases, emptied before each; a case that fails ends it. */
class SharedWorld {
  readonly #createWorld: CreateWorld
  #open: { world: World; keeper: Endpoint } | null = null

  constructor(createWorld: CreateWorld) {
    this.#createWorld = createWorld
  }

  async run(one: Case): Promise<void> {
    if (!this.#open) {
      const world = await this.#createWorld({})
      // Some worlds end with their last client.
      this.#open = { world, keeper: world.connect(auditor) }
    }
    const { world, keeper } = this.#open
    try {
      for (const entity of writtenEntities) {
        await keeper.call(`${entity}.deleteMany`, [{ createdAt: { isNull: false } }])
      }
      await runIn(world, one)
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async close(): Promise<void> {
    const open = this.#open
    this.#open = null
    await open?.keeper.close()
    await open?.world.close()
  }
}

function schemaOf(name: string) {
  const schema = schemas[name]
  if (!schema) throw new Error(`There is no schema ${name}`)
  return schema
}
