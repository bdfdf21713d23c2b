/** The suite against an endpoint: which cases can run there, and how each went. */

import type { Case, Topic } from './case.ts'
import { limited, openRemoteWorld, type RemoteOptions, type RemoteWorld } from './remote-world.ts'
import { leavesRowsOnly, runIn } from './run.ts'
import { topics } from './topics.ts'

export { Unsuitable } from './remote-world.ts'

export interface RemoteResult {
  readonly topic: string
  readonly name: string
  /** Absent when the case passed. */
  readonly failure?: string
  /** Why it was not run. */
  readonly skipped?: string
}

/**
 * @param only topics by name; all when there are none
 * @throws Unsuitable
 */
export async function runRemote(
  options: RemoteOptions & { readonly only: readonly string[] },
  onResult: (result: RemoteResult) => void,
): Promise<void> {
  const world = await openRemoteWorld(options)
  try {
    for (const { topic, cases } of topics.filter((one) => isAsked(one, options.only)))
      for (const one of cases) onResult({ topic, name: one.name, ...(await runOne(one, world)) })
  } finally {
    await world.close()
  }
}

export const topicNames: readonly string[] = topics.map(({ topic }) => topic)

const isAsked = ({ topic }: Topic, only: readonly string[]): boolean =>
  only.length === 0 || only.includes(topic)

async function runOne(one: Case, world: RemoteWorld): Promise<Pick<RemoteResult, 'failure' | 'skipped'>> {
  const skipped = reasonToSkip(one)
  if (skipped !== undefined) return { skipped }
  try {
    await world.clear()
    await runIn(world, one)
    return {}
  } catch (error) {
    // It says nothing about what the endpoint does, nor would those that follow.
    if (world.isLimited) throw limited()
    return { failure: (error as Error).message }
  }
}

const reasons = {
  schema: 'needs a schema or rules of its own',
  log: 'looks at the log, at migrations or at sign-ins from their beginning',
  users: 'looks at all users, among whom those are that the cases act as',
  identity: 'says itself who calls, which an endpoint takes nobody’s word for',
  storage: 'is about the storage that a page has',
  size: 'sends a message that is longer than a daemon takes by default',
} as const

/** What one database of many cases cannot show: told from the case, not from how it goes. */
function reasonToSkip(one: Case): string | undefined {
  if (one.schema !== undefined || one.rules !== undefined || one.refused) return reasons.schema
  const steps = [...(one.given ?? []), ...one.steps]
  const text = JSON.stringify(steps)
  if (!leavesRowsOnly(one) || /"audit":\[|"(?:audit|migrations|Credential|credentials)\./.test(text))
    return reasons.log
  if (looksAtUsers.test(text)) return reasons.users
  if (/"as":\{/.test(text)) return reasons.identity
  if (/"persistence":/.test(text)) return reasons.storage
  if (/"\$repeat":\["[^"]*",\d{6,}\]/.test(text)) return reasons.size
  return undefined
}

const looksAtUsers =
  /"(?:User|users)\.(?:list|count|findFirst|aggregate|search|updateMany|deleteMany)"|"watch":\["User"|"name":"User"|"call":\["stats"|"(?:list|count|findFirst|aggregate|updateMany|deleteMany)","params":\["User"/
