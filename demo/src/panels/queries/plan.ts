/** How the database went about what was run: for the roles that may know. */

import { DBALError, type Explained, type PlanNode, type Role } from '@metabuilder/dbal'
import type { StudioClient } from '../../session/studio-client.ts'
import { isQuery } from './evaluate.ts'

export interface PlanStep {
  readonly detail: string
  /** 0 for a step of the statement itself. */
  readonly depth: number
}

/** One statement. Its time and rows are not known of a query of Kysely's. */
export interface PlannedStatement {
  readonly steps: readonly PlanStep[]
  readonly durationMs?: number
  readonly rows?: number
}

export type Plan = readonly PlannedStatement[]

/** The last read of an entity that the text has called. */
export interface Traced {
  read?: Parameters<StudioClient['explain']>[0]
}

const reads = new Set('list findFirst read count aggregate search getBySlug listByLevel getTree'.split(' '))

/** The client as the text sees it. What it calls is noted, to be asked for its plan afterwards. */
export function traced(client: StudioClient, trace: Traced): StudioClient {
  const accessors = new Set(Object.values(client.schema.entities).map(({ accessor }) => accessor))
  return new Proxy(client, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member === 'function') return member.bind(target)
      return typeof name === 'string' && accessors.has(name) && isHandle(member)
        ? tracedHandle(member, trace)
        : member
    },
  })
}

type Method = (...given: unknown[]) => unknown
interface Handle {
  readonly op: Readonly<Record<string, Method>>
}

const isHandle = (member: unknown): member is Handle =>
  typeof member === 'object' && member !== null && 'op' in member

function tracedHandle(handle: Handle, trace: Traced): Handle {
  return new Proxy(handle, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function' || typeof name !== 'string') return member
      return (...given: unknown[]) => {
        const make = reads.has(name) ? target.op[name] : undefined
        if (make) trace.read = make(...given) as NonNullable<Traced['read']>
        return (member as Method).apply(target, given)
      }
    },
  })
}

/** Undefined where the role may not know, the place does not tell, or the text was no read. */
export async function planOf(
  client: StudioClient,
  role: Role,
  value: unknown,
  { read }: Traced,
): Promise<Plan | undefined> {
  if (role !== 'god' && role !== 'supergod') return undefined
  try {
    if (isQuery(value) && value.explain) return [{ steps: nested(await value.explain()) }]
    return read && planned(await client.explain(read))
  } catch (error) {
    // Writes have none, and a daemon may tell none.
    if (error instanceof DBALError && error.is('CAPABILITY_NOT_SUPPORTED')) return undefined
    throw error
  }
}

export const planned = ({ statements }: Explained): Plan =>
  statements.map(({ plan, durationMs, rows }) => ({ steps: flat(plan), durationMs, rows }))

export function flat(plan: readonly PlanNode[], depth = 0): readonly PlanStep[] {
  return plan.flatMap(({ detail, children }) => [{ detail, depth }, ...flat(children, depth + 1)])
}

interface Row {
  readonly id: number
  readonly parent: number
  readonly detail: string
}

function nested(rows: readonly Row[]): readonly PlanStep[] {
  const depths = new Map<number, number>()
  return rows.map(({ id, parent, detail }) => {
    const depth = parent === 0 ? 0 : (depths.get(parent) ?? 0) + 1
    depths.set(id, depth)
    return { detail, depth }
  })
}
