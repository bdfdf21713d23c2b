/**
 * The steps of one case over a world. After every refused call it looks whether rows or entries of success were stored
 * all the same.
 */

import type { As, CallStep, InnerStep, Json, Refusal, Step, TransactionStep, WatchStep } from './case.ts'
import { expectMatch } from './match.ts'
import { judgeRefusal, type WireError, wireOf } from './refusal.ts'
import { show, showWhole } from './show.ts'
import { makeValue } from './values.ts'
import type { Endpoint, Identity, Inside, World } from './world.ts'

/** Ids of callers who are no row. */
export const idOfRole: { readonly [role: string]: string } = {
  user: '01890000-0000-7000-8000-0000000000a2',
  admin: '01890000-0000-7000-8000-0000000000a3',
  god: '01890000-0000-7000-8000-0000000000a4',
  supergod: '01890000-0000-7000-8000-0000000000a5',
}

/** Looks at what is stored and at the log; no case is about this one. */
export const auditor: Identity = {
  id: '01890000-0000-7000-8000-0000000000af',
  role: 'supergod',
  username: 'auditor',
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

/** Who calls in a step, those beside a transaction included: nobody can sign in while it runs. */
function callersOf(step: CallStep | TransactionStep | WatchStep): As[] {
  const beside = (inner: InnerStep): As[] =>
    'beside' in inner ? [inner.beside.as] : 'nested' in inner ? inner.nested.flatMap(beside) : []
  return [step.as, ...('transaction' in step ? step.transaction.flatMap(beside) : [])]
}

/** The caller's own function gives up. */
class Thrown extends Error {}

class Mismatch extends Error {}

type Answer = { readonly result: unknown } | { readonly error: WireError }

/** One case in the making: what it saved, its clients, its live queries. */
export class CaseRun {
  readonly #world: World
  readonly #saved = new Map<string, unknown>()
  readonly #endpoints = new Map<string, Endpoint>()
  readonly #watches = new Map<string, Watch>()

  constructor(world: World) {
    this.#world = world
  }

  async step(step: Step, place: string): Promise<void> {
    if ('unwatch' in step) return this.#watches.get(step.unwatch)?.stop()
    for (const as of callersOf(step)) await this.#ready(as)
    if ('watch' in step) return this.#watch(step, place)
    if ('transaction' in step) return this.#transaction(step, `${place} transaction`)
    return this.#call(step, `${place} ${step.call[0]}`)
  }

  /** A client that is refused when it is made says so again to the call of the step, which is judged. */
  async #ready(as: As): Promise<void> {
    let endpoint: Endpoint
    try {
      endpoint = this.#endpoint(as)
    } catch {
      return
    }
    await endpoint.ready?.()
  }

  /** The database must not open. */
  async refused(refusal: Refusal): Promise<void> {
    let answer: Answer
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
    let answer: Answer
    try {
      answer = { result: await this.#endpoint(step.as).call(path as string, params) }
    } catch (error) {
      answer = { error: error as WireError }
    }
    this.#judge(step, answer, place, params)
    if (before) await this.#judgeState(step, before, place)
    if (step.events) await this.#judgeEvents(step.events, place)
  }

  async #transaction(step: TransactionStep, place: string): Promise<void> {
    const before = await this.#state()
    for (const { heard } of this.#watches.values()) heard.length = 0
    const waiting: { readonly step: CallStep; readonly answer: Promise<Answer>; readonly place: string }[] =
      []
    const options = makeValue(step.options ?? null, this.#saved) as object | null
    let answer: Answer
    try {
      const endpoint = this.#endpoint(step.as)
      await endpoint.transaction(async (inside) => {
        await this.#inside(step.transaction, inside, place, waiting)
        if (step.throws) throw new Thrown()
      }, options ?? undefined)
      answer = { result: null }
    } catch (error) {
      if (error instanceof Mismatch) throw error
      answer = error instanceof Thrown ? { result: null } : { error: error as WireError }
    }
    this.#judge(step, answer, place, null)
    for (const one of waiting) this.#judge(one.step, await one.answer, one.place, one.step.call.slice(1))
    const isKept = step.error === undefined && !step.throws
    if (waiting.length === 0) await this.#judgeState(isKept ? step : { ...step, error: '' }, before, place)
    if (step.events) await this.#judgeEvents(step.events, place)
  }

  async #inside(
    steps: readonly InnerStep[],
    inside: Inside,
    place: string,
    waiting: { readonly step: CallStep; readonly answer: Promise<Answer>; readonly place: string }[],
  ): Promise<void> {
    for (const [at, step] of steps.entries()) {
      const here = `${place} step ${at + 1}`
      if ('wait' in step) await new Promise((resolve) => setTimeout(resolve, step.wait))
      else if ('beside' in step) {
        const [path, ...params] = step.beside.call.map((part) => makeValue(part, this.#saved))
        const answer = settled(this.#endpoint(step.beside.as).call(path as string, params))
        waiting.push({ step: step.beside, answer, place: `${here} beside ${path}` })
      } else if ('nested' in step) {
        const answer = await settled(
          inside.transaction(async (inner) => {
            await this.#inside(step.nested, inner, here, waiting)
            if (step.throws) throw new Thrown()
          }),
        )
        const failure = 'error' in answer ? (answer.error as unknown) : undefined
        if (failure instanceof Mismatch) throw failure
        if (!(failure instanceof Thrown)) this.#judgeInside({ call: ['nested'], ...step }, answer, here, null)
      } else {
        const [path, ...params] = step.call.map((part) => makeValue(part, this.#saved))
        const answer = await settled(inside.call(path as string, params))
        this.#judgeInside(step, answer, `${here} ${path}`, params)
      }
    }
  }

  /** What does not match ends the transaction, and is no error of it. */
  #judgeInside(step: Omit<CallStep, 'as'>, answer: Answer, place: string, sent: unknown): void {
    try {
      this.#judge({ as: 'public', ...step }, answer, place, sent)
    } catch (error) {
      throw new Mismatch((error as Error).message)
    }
  }

  #judge(step: CallStep | TransactionStep | WatchStep, answer: Answer, place: string, sent: unknown): void {
    if ('error' in answer) judgeRefusal(step.error, answer.error, { place, sent, saved: this.#saved })
    else {
      if (step.error !== undefined)
        throw new Error(`${place}: expected ${show(step.error)}, but it gave ${show(answer.result)}`)
      if (step.save !== undefined) this.#saved.set(step.save, answer.result)
      if (step.expect !== undefined) this.#compare(step.expect, answer.result, `${place} result`)
    }
    const text = showWhole('error' in answer ? wireOf(answer.error) : answer.result)
    for (const part of step.absent ?? []) {
      if (text.includes(String(makeValue(part, this.#saved))))
        throw new Error(`${place}: the answer holds ${part}`)
    }
  }

  /** What the database holds, and how far its log goes. */
  async #state(): Promise<{ rows: unknown; seq: number }> {
    const endpoint = this.#endpoint(auditor as As)
    const [stats, head] = await Promise.all([endpoint.call('stats', []), endpoint.call('audit.head', [])])
    return { rows: (stats as { rows: unknown }).rows, seq: (head as { seq: number }).seq }
  }

  async #judgeState(
    step: CallStep | TransactionStep,
    before: { rows: unknown; seq: number },
    place: string,
  ): Promise<void> {
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
    const answer = await new Promise<Answer>((resolve) => {
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
    expectMatch(expected, actual, place, this.#saved)
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

async function settled(call: Promise<unknown>): Promise<Answer> {
  try {
    return { result: await call }
  } catch (error) {
    return { error: error as WireError }
  }
}
