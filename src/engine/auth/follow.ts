/** Keeps the callers who signed in as their users are: a new role, another name, a session or a user that is gone. */

import type { Role } from '../../protocol/principal.ts'
import type { RowChange } from '../call.ts'
import type { Session } from '../session.ts'

/** Call it after a commit. Whom the host says who they are is left alone: that is the host's word. */
export function followSignIns(
  changes: readonly RowChange[],
  sessions: Iterable<Session>,
  nowMs: number,
): void {
  // After a read there is nothing to tell anybody: one whose time is over hears of it with its next call or event.
  if (changes.length === 0) return
  const users = changes.filter(({ entity }) => entity.name === 'User')
  const ended = changes.filter(({ entity, kind }) => entity.name === 'Session' && kind === 'delete')
  for (const session of sessions) {
    if (!session.isSignedIn || session.principal.userId === null) continue
    const { userId, sessionId } = session.principal
    const user = users.findLast(({ before }) => before?.['id'] === userId)
    if (session.hasLapsed(nowMs)) session.revoke('expired')
    else if (ended.some(({ id }) => id === sessionId) || user?.kind === 'delete') session.revoke()
    else if (user?.after) session.rename(user.after as { role: Role; username: string; email: string })
  }
}
