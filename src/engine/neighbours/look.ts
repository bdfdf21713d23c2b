/** What is read again because others have written: rows that somebody watches, and the users who are signed in here. */

import { systemPrincipal } from '../../protocol/principal.ts'
import type { Row } from '../../protocol/rows.ts'
import type { ChangedElsewhere, RowChange } from '../call.ts'
import type { EntityModel } from '../model.ts'
import type { Tools } from '../operations/operation.ts'
import type { Session } from '../session.ts'
import type { Work } from '../work.ts'
import type { News } from './neighbours.ts'

type Eyes = Pick<Tools, 'lookup' | 'model'>

/** The changed rows of which no more than the id is known. */
export function unseen({ rows }: News): readonly ChangedElsewhere[] {
  return [...rows].flatMap(([entity, ids]) => [...ids].map((id) => ({ entity, id, after: null })))
}

/** The changed rows as they are now. @param isWatched whether rows of the entity concern anybody */
export function* rowsElsewhere(
  { rows }: News,
  isWatched: (entity: string) => boolean,
  { lookup }: Eyes,
  now: string,
): Work<readonly ChangedElsewhere[]> {
  const found: ChangedElsewhere[] = []
  for (const [entity, ids] of rows) {
    if (!isWatched(entity.name)) continue
    for (const id of ids) {
      const after = yield* rowOf(entity, id, lookup, now)
      found.push({ entity, id, after })
    }
  }
  return found
}

/** Whether they are about anybody who is signed in here. */
export function concernsSignIns(news: News, sessions: Iterable<Session>, { model }: Eyes): boolean {
  const users = asked(news, model.entities.get('User'))
  const signIns = asked(news, model.entities.get('Session'))
  if (!users && !signIns) return false
  for (const { isSignedIn, principal } of sessions) {
    const { userId, sessionId } = principal
    if (!isSignedIn || userId === null) continue
    if (users?.includes(userId) || (sessionId !== null && signIns?.includes(sessionId))) return true
  }
  return false
}

/** What may have become of those who are signed in here, told as `followSignIns` takes it. */
export function* signInsElsewhere(
  news: News,
  sessions: Iterable<Session>,
  { lookup, model }: Eyes,
  now: string,
): Work<readonly RowChange[]> {
  const users = asked(news, model.entities.get('User'))
  const signIns = asked(news, model.entities.get('Session'))
  const changes = new Map<string, RowChange>()
  for (const { isSignedIn, principal } of [...sessions]) {
    const { userId, sessionId } = principal
    if (!isSignedIn || userId === null) continue
    for (const [look, id] of [
      [signIns, sessionId],
      [users, userId],
    ] as const) {
      if (!look || id === null || !look.includes(id) || changes.has(id)) continue
      const { entity } = look
      const after = yield* rowOf(entity, id, lookup, now)
      changes.set(id, { entity, kind: after ? 'update' : 'delete', id, before: { id }, after })
    }
  }
  return [...changes.values()]
}

/** Which rows of the entity the news are about; undefined for none. */
function asked({ touched, rows }: News, entity: EntityModel | undefined) {
  if (!entity) return undefined
  const isAny = touched === 'all' || touched.includes(entity.name)
  const ids = rows.get(entity)
  return isAny || ids ? { entity, includes: (id: string) => isAny || ids?.has(id) === true } : undefined
}

function* rowOf(entity: EntityModel, id: unknown, lookup: Tools['lookup'], now: string): Work<Row | null> {
  const [key] = entity.primaryKey
  if (!key) return null
  return yield* lookup.row(entity, { equal: { [key.name]: id } }, { principal: systemPrincipal, now })
}
