/**
 * Runs cases against any world. What a case need not say is checked of every refusal: the shape and the status of its
 * error, that it carries nothing of the inside, and that nothing was stored.
 */

import type { EntityRule } from '../../src/schema/define.ts'
import type { As, CallStep, Case, Json, Refusal, Step, Topic, WatchStep } from './case.ts'
import { type Mismatch, mismatch } from './match.ts'
import { schemas } from './schemas.ts'
import { makeValue } from './values.ts'
import { type CreateWorld, type Endpoint, type Identity, refusingWorld, type World } from './world.ts'

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

async function runIn(world: World, one: Case): Promise<void> {
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
function leavesRowsOnly({ schema, rules, given = [], steps }: Case): boolean {
  const paths = [...given, ...steps].map((step) => ('call' in step ? step.call[0] : ''))
  return (
    schema === undefined &&
    rules === undefined &&
    !paths.some((path) => /^(audit|migrations|Credential)\./.test(path))
  )
}

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
      for (const entity of ['Workflow', 'LuaScript', 'InstalledPackage', 'PageConfig', 'User']) {
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

/** Status and retryable of every code, as the reference has them. */
const codes: { readonly [code: string]: readonly [status: number, retryable: boolean] } = {
  NOT_FOUND: [404, false],
  CONFLICT: [409, false],
  UNAUTHORIZED: [401, false],
  FORBIDDEN: [403, false],
  VALIDATION_ERROR: [422, false],
  RATE_LIMIT_EXCEEDED: [429, false],
  INTERNAL_ERROR: [500, false],
  CAPABILITY_NOT_SUPPORTED: [501, false],
  DATABASE_ERROR: [503, true],
  TIMEOUT: [504, true],
  SANDBOX_VIOLATION: [403, false],
  MALICIOUS_CODE_DETECTED: [403, false],
  QUOTA_EXCEEDED: [507, false],
}

/** What the details of a code always hold. */
const details: { readonly [code: string]: Json } = {
  NOT_FOUND: { entity: { $kind: 'text' } },
  CONFLICT: { constraint: { $kind: 'text' } },
  VALIDATION_ERROR: { issues: { $each: { path: { $pattern: '' }, message: { $kind: 'text' } } } },
  RATE_LIMIT_EXCEEDED: { retryAfter: { $least: 1 } },
  INTERNAL_ERROR: { incident: { $kind: 'text' } },
  CAPABILITY_NOT_SUPPORTED: { capability: { $kind: 'text' } },
  MALICIOUS_CODE_DETECTED: { findings: { $each: { line: { $least: 1 }, finding: { $kind: 'text' } } } },
}

/** SQL, files and stacks: what no caller is told. */
const inside =
  /SQLITE|sqlite_|\binsert into\b|\bdelete from\b|\bselect\b.+?\bfrom\b|"main"\.|main\."|_dbal_|node_modules|\.ts:\d|\.js:\d/i

/** Ids of callers who are no row. */
const idOfRole: { readonly [role: string]: string } = {
  user: '01890000-0000-7000-8000-0000000000a2',
  admin: '01890000-0000-7000-8000-0000000000a3',
  god: '01890000-0000-7000-8000-0000000000a4',
  supergod: '01890000-0000-7000-8000-0000000000a5',
}

const auditor: Identity = {
  id: '01890000-0000-7000-8000-0000000000af',
  role: 'supergod',
  username: 'auditor',
}

interface WireError {
  readonly code?: string
  readonly status?: number
  readonly message?: string
  readonly details?: unknown
  readonly retryable?: boolean
}

interface Watch {
  readonly endpoint: Endpoint
  readonly heard: { rows: readonly unknown[]; change: object }[]
  readonly stop: () => void
}

interface Entry {
  readonly seq: number
  readonly success: boolean
}

class CaseRun {
  readonly #world: World
  readonly #saved = new Map<string, unknown>()
  readonly #endpoints = new Map<string, Endpoint>()
  readonly #watches = new Map<string, Watch>()

  constructor(world: World) {
    this.#world = world
  }

  async step(step: Step, place: string): Promise<void> {
    if ('unwatch' in step) return this.#watches.get(step.unwatch)?.stop()
    if ('watch' in step) return this.#watch(step, place)
    return this.#call(step, `${place} ${step.call[0]}`)
  }

  /** The database must not open. */
  async refused(refusal: Refusal): Promise<void> {
    let answer: { result: unknown } | { error: WireError }
    try {
      answer = { result: await this.#endpoint('public').call('capabilities', []) }
    } catch (error) {
      answer = { error: error as WireError }
    }
    this.#judge({ as: 'public', call: ['capabilities'], error: refusal }, answer, 'opening', null)
  }

  async close(): Promise<void> {
    for (const { stop } of this.#watches.values()) stop()
    await Promise.all([...this.#endpoints.values()].map((endpoint) => endpoint.close()))
  }

  async #call(step: CallStep, place: string): Promise<void> {
    const [path, ...params] = step.call.map((part) => makeValue(part, this.#saved))
    const isLooked = step.error !== undefined || step.audit !== undefined
    const before = isLooked ? await this.#state() : null
    for (const { heard } of this.#watches.values()) heard.length = 0
    let answer: { result: unknown } | { error: WireError }
    try {
      answer = { result: await this.#endpoint(step.as).call(path as string, params) }
    } catch (error) {
      answer = { error: error as WireError }
    }
    this.#judge(step, answer, place, params)
    if (before) await this.#judgeState(step, before, place)
    if (step.events) await this.#judgeEvents(step.events, place)
  }

  #judge(
    step: CallStep | WatchStep,
    answer: { result: unknown } | { error: WireError },
    place: string,
    sent: unknown,
  ): void {
    if ('error' in answer) this.#judgeError(step, answer.error, place, sent)
    else {
      if (step.error !== undefined)
        throw new Error(`${place}: expected ${show(step.error)}, but it gave ${show(answer.result)}`)
      if (step.save !== undefined) this.#saved.set(step.save, answer.result)
      if (step.expect !== undefined) this.#compare(step.expect, answer.result, `${place} result`)
    }
    const text = show('error' in answer ? wireOf(answer.error) : answer.result, Number.POSITIVE_INFINITY)
    for (const part of step.absent ?? []) {
      if (text.includes(String(makeValue(part, this.#saved))))
        throw new Error(`${place}: the answer holds ${part}`)
    }
  }

  #judgeError(
    { error: expected }: CallStep | WatchStep,
    error: WireError,
    place: string,
    sent: unknown,
  ): void {
    const wire = wireOf(error)
    const got = `${place}: it was refused with ${show(wire)}`
    if (expected === undefined) throw new Error(got)
    const { code, message, details: more } = typeof expected === 'string' ? { code: expected } : expected
    if (wire.code !== code) throw new Error(`${got}, expected ${code}`)
    const [status, retryable] = codes[code] ?? []
    this.#compare({ status, retryable, message: { $kind: 'text' } } as unknown as Json, wire, place)
    if (details[code] !== undefined) this.#compare(details[code], wire.details, `${place} details`)
    if (message !== undefined) this.#compare(message, wire.message, `${place} message`)
    if (more !== undefined) this.#compare(more, wire.details, `${place} details`)
    let text = `${wire.message} ${show(wire.details, Number.POSITIVE_INFINITY)}`
    // What the caller said may be said back.
    for (const own of textsOf(sent))
      text = text.replaceAll(JSON.stringify(own).slice(1, -1), '').replaceAll(own, '')
    if (inside.test(text)) throw new Error(`${got}, which tells of the inside`)
  }

  /** What the database holds, and how far its log goes. */
  async #state(): Promise<{ rows: unknown; seq: number }> {
    const endpoint = this.#endpoint(auditor as As)
    const [stats, head] = await Promise.all([endpoint.call('stats', []), endpoint.call('audit.head', [])])
    return { rows: (stats as { rows: unknown }).rows, seq: (head as { seq: number }).seq }
  }

  async #judgeState(step: CallStep, before: { rows: unknown; seq: number }, place: string): Promise<void> {
    const endpoint = this.#endpoint(auditor as As)
    const { data } = (await endpoint.call('audit.list', [{ limit: 100 }])) as { data: Entry[] }
    const added = data.filter(({ seq }) => seq > before.seq).reverse()
    if (step.error !== undefined) {
      const { rows } = await this.#state()
      this.#compare({ $is: before.rows as Json }, rows, `${place} rows stored by a refused call`)
      const stored = added.filter(({ success }) => success)
      if (stored.length > 0) throw new Error(`${place}: it was refused, and yet it wrote ${show(stored)}`)
    }
    if (step.audit) this.#compare(step.audit, added, `${place} audit`)
  }

  async #watch(step: WatchStep, place: string): Promise<void> {
    const endpoint = this.#endpoint(step.as)
    const [entity, query] = step.watch
    const heard: Watch['heard'] = []
    const answer = await new Promise<{ result: unknown } | { error: WireError }>((resolve) => {
      const stop = endpoint.live(
        entity,
        makeValue(query, this.#saved) as object,
        (rows, change) => {
          heard.push({ rows, change })
          resolve({ result: rows })
        },
        (error) => resolve({ error: error as WireError }),
      )
      this.#watches.set(step.save, { endpoint, heard, stop })
    })
    this.#judge(step, answer, `${place} watch ${entity}`, query)
  }

  async #judgeEvents(events: { readonly [watch: string]: readonly Json[] }, place: string): Promise<void> {
    for (const [name, expected] of Object.entries(events)) {
      const watch = this.#watches.get(name)
      if (!watch) throw new Error(`${place}: there is no watch ${name}`)
      // What was said before an answer comes before it: after two answers nothing can be on its way any more.
      for (let turn = 0; turn < 2; turn++) await watch.endpoint.call('capabilities', [])
      const heard = watch.heard.map(({ rows, change }) => ({ rows, ...change }))
      this.#compare(expected as Json, heard, `${place} events of ${name}`)
    }
  }

  #compare(expected: Json, actual: unknown, place: string): void {
    const difference = mismatch(expected, actual, place, this.#saved)
    if (difference) throw new Error(describe(difference))
  }

  #endpoint(as: As): Endpoint {
    const identity = this.#identityOf(as)
    const key = JSON.stringify(identity)
    const known = this.#endpoints.get(key)
    if (known) return known
    const endpoint = this.#world.connect(identity)
    this.#endpoints.set(key, endpoint)
    return endpoint
  }

  #identityOf(as: As): Identity | null {
    if (as === 'public') return null
    if (typeof as === 'string' && !as.startsWith('$')) {
      const id = idOfRole[as]
      if (!id) throw new Error(`${as} is no role`)
      return { id, role: as }
    }
    const { id, role, username, email } = makeValue(as, this.#saved) as Identity
    return { id, role, ...(username && { username }), ...(email && { email }) }
  }
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.length > 0 && value.length < 1_000 ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, item]) => [...textsOf(name), ...textsOf(item)])
}

const wireOf = ({ code, status, message, details, retryable }: WireError) => ({
  code,
  status,
  message,
  details,
  retryable,
})

const describe = ({ path, expected, actual }: Mismatch) =>
  `${path}: expected ${show(expected)}, got ${show(actual)}`

function show(value: unknown, most = 600): string {
  const text =
    JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `${item}n` : item)) ?? String(value)
  return text.length > most ? `${text.slice(0, most)}…` : text
}
