/** What `client.transaction` hands to its function: the client's entities and `batch`, inside of one transaction. */

import { DBALError, invalid } from '../protocol/error.ts'
import type { Schema } from '../schema/define.ts'
import type { AccessorsOf, EntityName } from '../schema/infer.ts'
import type { SchemaData } from '../schema/schema.ts'
import { type BatchOf, type BatchResults, type EntityHandle, entityHandle, type HandleOf } from './entity.ts'
import { type OpenTransaction, transactionEnded } from './open-transaction.ts'

/** @typeParam S `typeof schema` */
export type Transaction<S extends Schema> = TransactionCore<S> &
  AccessorsBeside<S, keyof TransactionCore<Schema>>

/** The entities of a schema as properties. A schema not known at compile time has none: use `entity(name)`. */
export type AccessorsBeside<S extends Schema, Taken> = string extends keyof AccessorsOf<S>
  ? unknown
  : { readonly [A in keyof AccessorsOf<S> as Exclude<A, Taken>]: HandleOf<S, AccessorsOf<S>[A] & string> }

type Call = (method: string, params: readonly unknown[]) => Promise<unknown>

export class TransactionCore<S extends Schema> {
  /** The schema in use. */
  readonly schema: SchemaData
  readonly #open: OpenTransaction
  /** Rejects once this face, or the transaction, has ended. */
  readonly #call: Call
  readonly #handles = new Map<string, EntityHandle<Schema, string>>()
  /** The end of the last transaction inside of this one. */
  #nested: Promise<unknown> = Promise.resolve()

  constructor(open: OpenTransaction, schema: SchemaData, call: Call) {
    this.schema = schema
    this.#open = open
    this.#call = call
    defineAccessors(this, schema)
  }

  /**
   * Any entity of the schema by its name.
   * @throws DBALError VALIDATION_ERROR for a name that is none
   */
  entity<E extends EntityName<S>>(name: E): HandleOf<S, E> {
    // Throws for what is no entity.
    entityData(this.schema, name)
    const handle =
      this.#handles.get(name) ??
      entityHandle(name, this.schema, { call: this.#call, tellError() {}, live: outside })
    this.#handles.set(name, handle)
    return handle as HandleOf<S, E>
  }

  /** Runs calls made by `client.users.op.…` in one round trip: all of them take effect, or none. */
  batch<const Calls extends readonly BatchOf<unknown>[]>(calls: Calls): Promise<BatchResults<Calls>> {
    return this.#call('batch', [calls]) as Promise<BatchResults<Calls>>
  }

  /**
   * A transaction inside of this one, by a savepoint: an error in it undoes what it did, and nothing else. Several that are
   * asked for at once run one after another; inside, use the inner `tx` only.
   */
  transaction<T>(work: (tx: Transaction<S>) => T | Promise<T>): Promise<T> {
    const turn = this.#nested.then(() => this.#runNested(work))
    this.#nested = turn.catch(() => {
      // Its own caller hears of it; the next one only waits for its end.
    })
    return turn
  }

  async #runNested<T>(work: (tx: Transaction<S>) => T | Promise<T>): Promise<T> {
    const name = 'nested'
    await this.#call('transaction.savepoint', [name])
    const { tx, end } = faceOf<S>(this.#open, this.schema)
    let value: T
    try {
      value = await work(tx)
    } catch (error) {
      end()
      await undo(async () => {
        await this.#open.rollbackTo(name)
        await this.#open.release(name)
      })
      throw error
    }
    end()
    await this.#open.release(name)
    return value
  }
}

/** Runs the work in a transaction that is open, and brings about its end. */
export async function runTransaction<S extends Schema, T>(
  open: OpenTransaction,
  schema: SchemaData,
  work: (tx: Transaction<S>) => T | Promise<T>,
): Promise<T> {
  const { tx, end } = faceOf<S>(open, schema)
  let value: T
  try {
    value = await work(tx)
  } catch (error) {
    end()
    await undo(() => open.rollback())
    throw error
  }
  end()
  await open.commit()
  return value
}

function faceOf<S extends Schema>(open: OpenTransaction, schema: SchemaData) {
  let isOver = false
  const call: Call = (method, params) =>
    isOver ? Promise.reject(transactionEnded()) : open.call(method, params)
  const tx = new TransactionCore<S>(open, schema, call) as Transaction<S>
  return {
    tx,
    end: () => {
      isOver = true
    },
  }
}

async function undo(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch {
    // It has ended already, by a time limit or with its connection: nothing of it is left, which is what was wanted, and
    // the error that the work threw says more.
  }
}

const outside = {
  subscribe(): never {
    throw new DBALError('CAPABILITY_NOT_SUPPORTED', 'live cannot be called inside of a transaction', {
      capability: 'transactions',
    })
  },
}

/** What the face has under that name stays, and nothing makes it look like a promise: `entity(name)` reaches every one. */
export function defineAccessors(face: { entity(name: string): unknown }, schema: SchemaData): void {
  for (const [name, { accessor }] of Object.entries(schema.entities)) {
    if (accessor in face || accessor === 'then') continue
    Object.defineProperty(face, accessor, { get: () => face.entity(name), enumerable: true })
  }
}

/** @throws DBALError VALIDATION_ERROR for a name that is no entity */
export function entityData(schema: SchemaData, name: string) {
  const data = Object.hasOwn(schema.entities, name) ? schema.entities[name] : undefined
  if (!data) throw invalid('entity', `${JSON.stringify(name)} is not an entity of this schema`)
  return data
}
