/**
 * The engine: requests in, replies out. It knows no browser, socket or port; a host owns the storage and says who calls.
 * One call's steps are in pipeline.ts, the transaction around calls that arrive together in group.ts.
 */

import type { Driver } from '../drivers/driver.ts'
import { DBALError, invalid } from '../protocol/error.ts'
import { defaultLimits, type Limits } from '../protocol/limits.ts'
import { levelOf } from '../protocol/principal.ts'
import type { Frame, Reply, Request } from '../protocol/request.ts'
import { Policies } from './access/policy.ts'
import { AuditLog } from './audit/audit-log.ts'
import type { ResultCache } from './cache/result-cache.ts'
import type { AllowedCall, Outcome, Published } from './call.ts'
import { Conflicts } from './conflict.ts'
import { type Dialect, sqliteDialect } from './dialect.ts'
import type { ConnectOptions, EngineOptions } from './engine-options.ts'
import { Executor } from './executor.ts'
import { type Report, toDBALError } from './failure.ts'
import { type GroupSettings, type Item, recordDenials, runGroup, runReads } from './group.ts'
import { IdSource } from './ids.ts'
import type { JoinedWrites } from './joined-writes.ts'
import { Live } from './live/live.ts'
import { Reach } from './live/reach.ts'
import { Lookup } from './lookup.ts'
import { prepareDatabase } from './migrate/prepare.ts'
import { Model } from './model.ts'
import type { Others } from './neighbours/follow-others.ts'
import { databaseTable } from './operations/database.ts'
import { everyEntity } from './operations/entity.ts'
import { metabuilderTable } from './operations/metabuilder/table.ts'
import { isSlow, type Tools } from './operations/operation.ts'
import { Outcomes, sweepOutcomes } from './outcomes.ts'
import { type Clock, Pipeline } from './pipeline.ts'
import { Publisher } from './publisher.ts'
import { Queries } from './query/queries.ts'
import { hasWordIndexes } from './search/indexes.ts'
import { type Farewell, Session } from './session.ts'
import { type SlowCall, SlowCalls } from './slow-calls.ts'
import type { Soon } from './soon.ts'
import { refuseInside } from './transactions/inside.ts'
import { Transactions } from './transactions/transactions.ts'
import { Sweeper } from './ttl/sweeper.ts'
import { Validators } from './validate/validators.ts'
import { type Deadline, refuse, type Work } from './work.ts'

export class Engine {
  /** Version of the last applied migration; 0 without migrations. */
  readonly version: number
  readonly #driver: Driver
  readonly #executor: Executor
  readonly #dialect: Dialect
  readonly #pipeline: Pipeline
  readonly #live: Live
  readonly #publisher: Publisher
  readonly #slow: SlowCalls
  readonly #transactions: Transactions
  readonly #sweeper: Sweeper
  /** Null where nobody else has the database open. */
  readonly #neighbours: Others | null
  readonly #cache: ResultCache | null
  readonly #joined: JoinedWrites | null
  /** Whether reads can be carried out beside everything else: they record nothing. */
  readonly #readsAreQuiet: boolean
  readonly #clock: Clock
  readonly #report: Report
  readonly #sessions = new Set<Session>()
  #closed = false

  /**
   * Brings the database to the schema's version and returns an engine that serves it.
   * @throws DBALError CONFLICT when the database is newer than the code, or its history or tables differ from what the
   * code knows; DATABASE_ERROR when the storage fails
   */
  static async open(options: EngineOptions): Promise<Engine> {
    const { clockFunction } = options.driver.capabilities
    const dialect: Dialect = {
      ...(options.dialect ?? sqliteDialect),
      ...(clockFunction && { clockFunction }),
    }
    if (dialect.name !== options.driver.dialect || dialect.server !== options.driver.server) {
      throw new DBALError('CAPABILITY_NOT_SUPPORTED', `There is no dialect for ${options.driver.dialect}`, {
        capability: options.driver.dialect,
      })
    }
    if (options.rawSql && (options.sandbox ?? 'strict') === 'strict')
      throw invalid('security.rawSql', 'is not to be had while rules are in force (security.sandbox: strict)')
    const ids = new IdSource(options.random)
    const report: Report = (cause) => {
      const incident = ids.next(options.clock.now())
      options.onIncident?.(incident, cause)
      return incident
    }
    let executor: Executor | undefined
    try {
      executor = await Executor.open(options.driver)
      const { version } = await executor.run(() =>
        prepareDatabase({
          schema: options.schema,
          migrations: options.migrations ?? [],
          foreign: options.foreign ?? false,
          wordIndexes: hasWordIndexes(options.driver),
          dialect,
          now: new Date(options.clock.now()).toISOString(),
          onProgress: options.onEvent ?? (() => {}),
        }),
      )
      await executor.run(() => sweepOutcomes(options.clock.now()))
      const engine = new Engine(options, dialect, executor, ids, report, version)
      await engine.#neighbours?.start()
      return engine
    } catch (error) {
      executor?.close()
      throw toDBALError(error, report)
    }
  }

  private constructor(
    options: EngineOptions,
    dialect: Dialect,
    executor: Executor,
    ids: IdSource,
    report: Report,
    version: number,
  ) {
    const { schema, driver } = options
    const model = new Model(schema)
    const lookup = new Lookup(dialect)
    const limits: Limits = { ...defaultLimits, ...options.limits }
    const tools: Tools = {
      model,
      dialect,
      limits,
      policies: new Policies(model, dialect, options.sandbox ?? 'strict'),
      validators: new Validators(model, limits),
      queries: new Queries(dialect, limits, hasWordIndexes(driver) && !options.foreign),
      lookup,
      conflicts: new Conflicts(model, lookup),
      audit: options.auditLog === false ? null : new AuditLog(dialect, options.random, options.sha256),
      ids,
      passwords: options.passwords,
      reach: new Reach(model),
      isListenedTo: () => !this.#live.isIdle,
      announce: (published) => this.#neighbours?.announce(published) ?? nothing(),
      random: options.random,
      registration: options.registration ?? true,
      sendReset: options.sendReset && beside(options.sendReset, report),
    }
    this.version = version
    this.#driver = driver
    this.#executor = executor
    this.#dialect = dialect
    this.#clock = options.clock
    this.#report = report
    this.#joined =
      options.joinWrites?.({
        driver,
        run: (make) => executor.run(make),
        settings: ({ outcomes, startedAt }, deadline) => this.#settings(outcomes, startedAt, deadline),
        alone: ({ session, items, outcomes, startedAt }, deadline) =>
          this.#groupWork(session, items, outcomes, startedAt, deadline),
        publish: (published, deadline) => this.#publisher.publish(published, deadline),
        took: ({ session, items, startedAt }) => this.#reportSlow(session, items, driver.now() - startedAt),
      }) ?? null
    this.#readsAreQuiet = options.sandbox !== 'permissive'
    this.#live = new Live(tools)
    this.#publisher = new Publisher({
      live: this.#live,
      sessions: this.#sessions,
      clock: options.clock,
      monotonic: () => driver.now(),
      timeoutMs: limits.queryTimeoutMs,
      run: (make) => executor.run(make),
      note: (published) => {
        this.#neighbours?.note(published)
        this.#drop(published)
        this.#sweeper.note(published)
      },
      report,
    })
    const table = {
      database: databaseTable({
        driver,
        live: this.#live,
        schema,
        migrations: options.migrations ?? [],
        foreign: options.foreign ?? false,
        rawSql: options.rawSql === true && driver.capabilities.guardedReads === true,
        explain: options.explain ?? false,
        pipeline: () => this.#pipeline,
        onVersion: (reached) => this.#reached(reached),
      }),
      everyEntity,
      ofEntity: metabuilderTable(schema),
    }
    this.#pipeline = new Pipeline(tools, table, options.clock, () => driver.now())
    this.#slow = new SlowCalls({
      pipeline: this.#pipeline,
      words: dialect.transaction,
      monotonic: () => driver.now(),
      run: (make) => executor.run(make),
      publish: (published, deadline) => this.#publisher.publish(published, deadline),
    })
    this.#transactions = new Transactions({
      executor,
      clock: options.clock,
      limits,
      words: dialect.transaction,
      audit: tools.audit,
      announce: tools.announce,
      monotonic: () => driver.now(),
      toError: (error) => toDBALError(error, report),
      check: (session, request) => void this.#pipeline.decode(request, session),
      item: (session, request) => this.#itemInside(session, request),
      publish: (published, deadline) => this.#publisher.publish(published, deadline),
    })
    this.#sweeper = new Sweeper({
      tools,
      clock: options.clock,
      monotonic: () => driver.now(),
      run: (make) => executor.run(make),
      publish: (published, deadline) => this.#publisher.publish(published, deadline),
      isBehind: () => this.#pipeline.refusal() !== null,
      failed: (error) => this.#tellFailure(error),
    })
    this.#neighbours =
      dialect.followOthers?.({
        driver,
        tools,
        clock: options.clock,
        executor,
        sessions: this.#sessions,
        name: ids.next(options.clock.now()),
        isWatching: (entity) => this.#live.isWatching(entity),
        reached: (reached) => this.#reached(reached),
        isBehind: () => this.#pipeline.refusal() !== null,
        drop: (published) => this.#drop(published),
        deaf: () => this.#cache?.clear(),
        publish: (published, deadline) => this.#publisher.publish(published, deadline),
        report,
      }) ?? null
    // Where others have the database open, all that they do must be heard.
    const isShared = driver.capabilities.persistence === 'server'
    const hearsAll = () => !isShared || this.#neighbours?.isListening === true
    this.#cache = options.foreign ? null : (options.keepResults?.({ tools, hearsAll }) ?? null)
    if (options.sweeps === false) this.#sweeper.stop()
    else this.#sweeper.start()
  }

  /** Lets one caller in. Who it is has been decided by the host and does not change. */
  connect(options: ConnectOptions): Session {
    const session = new Session(options, {
      outcomesOf: (clientId, owner) => this.#outcomesOf(clientId, owner),
      exchange: (frame) => this.#exchange(session, frame),
      leave: (farewell) => this.#leave(session, farewell),
      resume: () => this.#resume(session),
      changed: () => this.#publisher.changed(session),
    })
    this.#sessions.add(session)
    return session
  }

  /**
   * A client may have several sessions that speak for one user, one for each of its tokens. They record in the same places: two
   * that did not know of each other would write over what the other has recorded.
   */
  #outcomesOf(clientId: string, owner: string): Outcomes {
    for (const session of this.#sessions) {
      const known = session.clientId === clientId && session.outcomesOf(owner)
      if (known) return known
    }
    return new Outcomes(clientId, owner, this.#dialect.outcomes ?? null)
  }

  /** Interactive ones that are open or wait for their turn. */
  get transactions(): Transactions['all'] {
    return this.#transactions.all
  }

  /** Ends every session and closes the database; safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return
    for (const session of [...this.#sessions]) void session.close()
    this.#closed = true
    this.#sweeper.stop()
    this.#neighbours?.stop()
    this.#publisher.stop()
    await this.#executor.idle()
    this.#executor.close()
    await this.#driver.close()
  }

  #exchange(session: Session, frame: Frame): Soon<readonly Reply[]> {
    if (this.#closed) throw new DBALError('DATABASE_ERROR', 'The database is closed', { reason: 'closed' })
    const { outcomes } = session
    const { joined } = session.order
    if (joined)
      return joined.then(() => {
        this.#requireOpen(session)
        return this.#exchange(session, frame)
      })
    if (outcomes.isLoaded) return this.#admit(session, frame)
    return outcomes
      .ready(async () => {
        // What is recorded after that is noticed where others can record it too; else it has to be over before.
        const mayBeside = this.#executor.hasLanes && outcomes.isShared
        await (mayBeside
          ? this.#executor.apart(() => outcomes.load())
          : this.#executor.run(() => outcomes.load()))
      })
      .then(() => {
        this.#requireOpen(session)
        return this.#exchange(session, frame)
      })
  }

  /** What had to wait may come after the end of its session. */
  #requireOpen(session: Session): void {
    if (!this.#sessions.has(session))
      throw new DBALError('DATABASE_ERROR', 'The session is closed', { reason: 'closed' })
  }

  /** What belongs to a transaction goes to it; the rest waits while there is one. */
  #admit(session: Session, { ack, requests }: Frame): Soon<readonly Reply[]> {
    session.outcomes.acknowledge(ack)
    if (requests.every(isOutside)) {
      // Reads too, which could see what is committed: nobody is to find another order over a server than over SQLite.
      return this.#executor.isHeld ? this.#wait(session, { ack, requests }) : this.#answer(session, requests)
    }
    const outside = requests.filter(isOutside)
    const replies: Soon<readonly Reply[]>[] = []
    if (outside.length > 0) replies.push(this.#admit(session, { ack, requests: outside }))
    for (const request of requests) {
      const { transaction } = request
      if (transaction === undefined) continue
      const reply = this.#answerInside(session, transaction, request)
      replies.push(reply instanceof Promise ? reply.then((one) => [one]) : [reply])
    }
    return Promise.all(replies).then((all) => all.flat())
  }

  #answerInside(session: Session, transaction: number, request: Request): Soon<Reply> {
    // A commit that comes twice while it is at work has one answer: whichever of the two gets through.
    const known = session.outcomes.find(request.id) ?? session.running(request.id)
    if (known) return known
    try {
      session.outcomes.requireAwaited(request.id)
    } catch (error) {
      return { id: request.id, error: toDBALError(error, this.#report).toWire() }
    }
    const reply = this.#transactions.answer(session, transaction, request)
    if (reply instanceof Promise)
      session.await(
        [request.id],
        reply.then((one) => [one]),
      )
    return reply
  }

  /** Decoded and authorized only when its turn has come: until then its caller may have become another. */
  #wait(session: Session, frame: Frame): Promise<readonly Reply[]> {
    const since = this.#driver.now()
    const { queryTimeoutMs: timeoutMs } = this.#pipeline.tools.limits
    return this.#executor.later(() => {
      this.#requireOpen(session)
      if (this.#driver.now() - since <= timeoutMs) return this.#exchange(session, frame)
      throw new DBALError('TIMEOUT', 'Transactions of others took all the time; nothing was run', {
        timeoutMs,
        reason: 'waiting',
      })
    })
  }

  #answer(session: Session, requests: readonly Request[]): Soon<readonly Reply[]> {
    // A call on the way may make the session's caller somebody else, whose outcomes these are not.
    const { outcomes } = session
    const quick: Item[] = []
    const known: Reply[] = []
    const slow: Promise<Reply>[] = []
    for (const request of requests) {
      const recorded = outcomes.find(request.id)
      if (recorded) {
        known.push(recorded)
        continue
      }
      const running = session.running(request.id)
      if (running) {
        slow.push(running)
        continue
      }
      const item = this.#item(session, request)
      if ('slow' in item) {
        const reply = this.#slow.run(request, item.slow, (alone) =>
          this.#runGroup(session, [alone], outcomes),
        )
        session.await(
          [request.id],
          reply.then((one) => [one]),
        )
        slow.push(reply)
      } else quick.push(item)
    }
    const isAll = quick.length === requests.length
    const group = quick.length > 0 ? this.#runQuick(session, quick, outcomes, isAll) : []
    if (group instanceof Promise)
      session.await(
        quick.map(({ request }) => request.id),
        group,
      )
    if (known.length === 0 && slow.length === 0) return group
    return Promise.all([group, ...known, ...slow]).then(([replies, ...others]) => [...replies, ...others])
  }

  /**
   * What is kept of reads is given at once, unless something that its caller has sent before is still at work.
   * @param isAll of what came together
   */
  #runQuick(
    session: Session,
    items: readonly Item[],
    outcomes: Outcomes,
    isAll: boolean,
  ): Soon<readonly Reply[]> {
    const cache = this.#cache
    // Behind a write of the same transaction nothing that is kept holds.
    if (!cache || items.some(({ writes }) => writes)) return this.#run(session, items, outcomes, isAll)
    // Nor where live queries wait for a turn to be opened again.
    if (session.order.isUpToDate && this.#publisher.isSettled) {
      const replies: Reply[] = []
      for (const { request, read } of items) {
        const kept = read && cache.find(read)
        if (kept) replies.push({ id: request.id, result: kept.result })
      }
      if (replies.length === items.length) return replies
    }
    const through = items.map((item): Item => {
      const { read, run } = item
      if (!read) return item
      // What is kept is of the caller that it was when it asked.
      const isSame = () => session.principal === read.caller.principal
      return { ...item, run: () => (isSame() ? cache.through(read, run) : run()) }
    })
    return this.#run(session, through, outcomes, isAll)
  }

  #run(session: Session, items: readonly Item[], outcomes: Outcomes, isAll: boolean): Soon<readonly Reply[]> {
    const mayBeside = isAll && items.every(({ isOneStatement }) => isOneStatement !== undefined)
    if (mayBeside && this.#mayReadBeside(session))
      return session.order.beside(this.#readBeside(session, items, outcomes))
    // It goes with whoever has his turn first: nothing that its caller has sent before may still wait for one.
    const joined = isAll && session.order.isUpToDate && mayBeJoined(items) ? this.#joined : null
    if (joined) {
      const write = session.order.inTurn(() => joined.add(session, items, outcomes))
      return session.order.join(Promise.resolve(write))
    }
    return session.order.inTurn(() => this.#runGroup(session, items, outcomes))
  }

  /** What `permissive` lets through is recorded with the read, which has to take its turn for that. */
  #mayReadBeside(session: Session): boolean {
    return (
      this.#readsAreQuiet && this.#executor.hasLanes && session.order.isUpToDate && this.#publisher.isSettled
    )
  }

  async #readBeside(session: Session, items: readonly Item[], outcomes: Outcomes): Promise<readonly Reply[]> {
    const startedAt = this.#driver.now()
    const isOneStatement = items.length === 1 && items[0]?.isOneStatement === true
    const settled = await this.#executor.beside((deadline) =>
      runReads(items, isOneStatement, this.#settings(outcomes, startedAt, deadline)),
    )
    if (settled.some(({ denied }) => denied !== null))
      await this.#executor.run((deadline) =>
        recordDenials(settled, this.#settings(outcomes, startedAt, deadline)),
      )
    this.#reportSlow(session, items, this.#driver.now() - startedAt)
    return settled.map(({ reply }) => reply)
  }

  /** Decodes a request; a refusal is kept until its turn in the group, where it is answered and recorded. */
  #item(session: Session, request: Request): Item | { readonly slow: SlowCall } {
    try {
      const call = this.#pipeline.decode(request, session)
      const { spec, writes: decides } = call.operation
      const writes = decides ? decides(call, this.#pipeline.tools) : spec.writes
      try {
        const allowed = this.#pipeline.authorize(call)
        if (isSlow(call.operation)) return { slow: allowed as SlowCall }
        const isOneStatement = writes ? undefined : call.operation.isOneStatement?.(call)
        return {
          request,
          writes,
          call,
          run: () => this.#execute(allowed, session, request),
          ...(isOneStatement !== undefined && { isOneStatement }),
          ...(this.#cache && { read: allowed }),
        }
      } catch (error) {
        const reads = !writes && 'isOneStatement' in call.operation
        return { request, writes, call, run: () => refuse(error), ...(reads && { isOneStatement: true }) }
      }
    } catch (error) {
      return { request, writes: false, call: null, run: () => refuse(error), isOneStatement: true }
    }
  }

  /** It may have waited: whose role or name is another by now, or who is signed out, is asked again as if the call had come now. */
  #execute(call: AllowedCall, session: Session, request: Request): Work<Outcome> {
    const [before, { principal }] = [call.caller.principal, session]
    const isSame = principal === before || before.userId === null
    // Who has signed in as another meanwhile has said so, and has sent this before.
    const isAnother = principal.userId !== null && principal.userId !== before.userId
    if (isSame || isAnother) return this.#pipeline.execute(call)
    const item = this.#item(session, request)
    return 'slow' in item ? this.#pipeline.execute(item.slow) : item.run()
  }

  #itemInside(session: Session, request: Request): Item {
    const item = this.#item(session, request)
    if ('slow' in item) return refuseInside(request, item.slow)
    return item.call ? refuseInside(request, item.call, item) : item
  }

  #runGroup(session: Session, items: readonly Item[], outcomes: Outcomes): Soon<readonly Reply[]> {
    const startedAt = this.#driver.now()
    return this.#executor.run((deadline) => this.#groupWork(session, items, outcomes, startedAt, deadline))
  }

  #settings(outcomes: Outcomes, startedAt: number, deadline: Deadline): GroupSettings {
    const { tools } = this.#pipeline
    return {
      words: this.#dialect.transaction,
      audit: tools.audit,
      announce: tools.announce,
      outcomes,
      nowMs: () => this.#clock.now(),
      monotonic: () => this.#driver.now(),
      timeoutMs: tools.limits.queryTimeoutMs,
      endAt: startedAt + 2 * tools.limits.queryTimeoutMs,
      deadline,
      toError: (error) => toDBALError(error, this.#report),
    }
  }

  /** What a group has changed is published before anything else can run: no event is ever late. */
  *#groupWork(
    session: Session,
    items: readonly Item[],
    outcomes: Outcomes,
    startedAt: number,
    deadline: Deadline,
  ): Work<readonly Reply[]> {
    const result = yield* runGroup(items, this.#settings(outcomes, startedAt, deadline))
    this.#reportSlow(session, items, this.#driver.now() - startedAt)
    yield* this.#publisher.publish(result, deadline)
    return result.replies
  }

  /** Forgets the replies kept for clients that were lost and did not come back within a day. For hosts that run for long. */
  async forgetLostClients(): Promise<void> {
    if (this.#closed) return
    await this.#executor.run(() => sweepOutcomes(this.#clock.now()))
  }

  async #forget(session: Session, mayTrail: boolean): Promise<void> {
    const { transaction } = this.#dialect
    try {
      for (const outcomes of session.allOutcomes)
        await this.#executor.run(() =>
          mayTrail ? outcomes.end(transaction, this.#clock.now()) : outcomes.forget(),
        )
    } catch (error) {
      this.#report(error)
    }
  }

  /** Behind the schema's version there is nothing to show: live queries end as calls are refused. */
  #reached(version: number): void {
    this.#pipeline.setBehind(version < this.version ? version : null)
    const refusal = this.#pipeline.refusal()
    if (refusal) this.#live.end(refusal)
  }

  #drop(published: Published): void {
    this.#cache?.forget(published, () => new Date(this.#clock.now()).toISOString())
  }

  /** Of work that nobody has asked for: to the log with its cause, and without it to those who look after the database. */
  #tellFailure(cause: unknown): void {
    const error = toDBALError(cause, () => this.#report(cause))
    if (error.is('TIMEOUT') || error.is('QUOTA_EXCEEDED')) this.#report(cause)
    for (const session of this.#sessions) {
      if (levelOf(session.principal.role) < levelOf('admin')) continue
      try {
        session.emit({ type: 'error', error: error.toWire() })
      } catch (failure) {
        this.#report(failure)
      }
    }
  }

  #reportSlow(session: Session, items: readonly Item[], durationMs: number): void {
    if (durationMs < this.#pipeline.tools.limits.slowQueryMs) return
    const only = items.length === 1 ? items[0]?.call : null
    session.emit({
      type: 'slowQuery',
      operation: only?.method ?? `${items.length} calls`,
      durationMs,
      ...(only?.entity ? { entity: only.entity.name } : {}),
    })
  }

  async #resume(session: Session): Promise<void> {
    if (this.#closed) return
    await this.#executor.run((deadline) => this.#publisher.catchUp(session, deadline))
  }

  async #leave(session: Session, { mayReturn = false, mayTrail = false }: Farewell): Promise<void> {
    this.#sessions.delete(session)
    this.#publisher.left(session)
    this.#transactions.leave(session)
    if (!this.#closed && !mayReturn) await this.#forget(session, mayTrail)
  }
}

/** Called on its own turn; what it throws goes to the log. */
function beside<Given>(run: (given: Given) => unknown, report: Report): (given: Given) => void {
  return (given) => {
    Promise.resolve()
      .then(() => run(given))
      .catch(report)
  }
}

/** A lone write of rows: a frame of several has a transaction to share already. */
const mayBeJoined = ([item, ...more]: readonly Item[]): boolean =>
  more.length === 0 &&
  item?.writes === true &&
  item.call !== null &&
  (item.call.entity !== null || item.call.method === 'kysely.execute')

const isOutside = ({ transaction }: Request): boolean => transaction === undefined

function* nothing(): Work<void> {}
