/** Sends a hostile query to the vault and to its twin, and says what is wrong with the answers. */

import { encodeQuery } from '../../../src/kysely/encode.ts'
import { DBALError } from '../../../src/protocol/error.ts'
import type { Row } from '../../../src/protocol/rows.ts'
import type { Database } from '../support/database.ts'
import type { HostileCase } from './case.ts'
import { mark } from './vault.ts'

/** Codes that say no. None of them is a defect, a broken statement or a stopped one. */
const noes = ['FORBIDDEN', 'VALIDATION_ERROR', 'CAPABILITY_NOT_SUPPORTED', 'CONFLICT', 'NOT_FOUND']

/** Text of the database or of a statement in an error. */
const telltale =
  /\bmain\.|sqlite|no such (column|table|function)|near "|syntax error|constraint failed|\bselect\b.*\bfrom\b|[a-z]\$\d/i

export interface Vault {
  readonly database: Database
  readonly twin: Database
}

interface Answer {
  readonly code?: string
  /** As text, without what differs from call to call. */
  readonly text: string
  readonly rows?: readonly Row[]
  /** Everything that an error says in words. */
  readonly messages?: readonly string[]
}

/** @returns what is wrong; empty when nothing is */
export async function attack(vault: Vault, one: HostileCase): Promise<string[]> {
  const before = await stored(vault.database)
  const [answer, twin] = [await send(vault.database, one), await send(vault.twin, one)]
  const problems: string[] = []
  if (answer.text.includes(mark))
    problems.push(`the answer holds what is hidden: ${answer.text.slice(0, 300)}`)
  if (one.reveals !== 'unique' && answer.text !== twin.text)
    problems.push(`hidden rows make a difference: ${answer.text.slice(0, 300)} / ${twin.text.slice(0, 300)}`)
  problems.push(...(answer.code === undefined ? answered(one, answer) : refusedWith(one, answer)))
  const after = await stored(vault.database)
  const changed = answer.code === undefined ? hiddenPart(before) !== hiddenPart(after) : before !== after
  if (changed) problems.push('rows were changed that should not be')
  return problems
}

function answered(one: HostileCase, answer: Answer): string[] {
  if (one.harmless) return []
  if (one.rows)
    return JSON.stringify(one.rows) === JSON.stringify(answer.rows)
      ? []
      : [`it gave ${answer.text.slice(0, 300)}`]
  return [`it was answered: ${answer.text.slice(0, 300)}`]
}

function refusedWith(one: HostileCase, { code = '', text, messages = [] }: Answer): string[] {
  const wanted = one.code === undefined ? noes : [one.code].flat()
  const problems: string[] = []
  if (one.rows) problems.push(`it is harmless, but was refused: ${text}`)
  else if (!wanted.includes(code) && !(one.harmless && noes.includes(code)))
    problems.push(`it was refused with ${code}, not ${wanted.join(' or ')}: ${text.slice(0, 300)}`)
  const own = textsOf(one.tree ?? one.sent)
  if (messages.some((message) => telltale.test(ownWords(message, own))))
    problems.push(`the error tells of the statement: ${text.slice(0, 300)}`)
  return problems
}

/** What the caller wrote may come back, in quotes or not. */
const ownWords = (message: string, own: readonly string[]): string =>
  own
    .reduce((left, one) => left.replaceAll(one.toLowerCase(), ''), message.toLowerCase())
    .replace(/"(?:[^"\\]|\\.)*"/g, '')

function textsOf(tree: unknown): string[] {
  if (typeof tree === 'string') return tree.length > 2 ? [tree] : []
  return typeof tree === 'object' && tree !== null ? Object.values(tree).flatMap(textsOf) : []
}

async function send(database: Database, one: HostileCase): Promise<Answer> {
  const caller = database.engine.as('user', { userId: '00000000-0000-7000-8000-00000000000a' })
  try {
    const query = 'sent' in one ? one.sent : encodeQuery(one.tree as object)
    const result = (await caller.call('kysely.execute', query)) as { shape?: unknown }
    const { shape: _, ...rest } = result
    return { text: show(rest), rows: rowsOf(result) }
  } catch (error) {
    if (!(error instanceof DBALError)) throw error
    return {
      code: error.code,
      text: show(error.toWire()),
      messages: [error.message, ...textsOf(error.details)],
    }
  } finally {
    await caller.session.close()
  }
}

function rowsOf(result: object): Row[] {
  const { fields, values } = (result as { rows?: { fields: string[]; values: unknown[] } }).rows ?? {
    fields: [],
    values: [],
  }
  return Array.from({ length: fields.length && values.length / fields.length }, (_, at) =>
    Object.fromEntries(fields.map((field, column) => [field, values[at * fields.length + column]])),
  )
}

const show = (answer: unknown): string =>
  JSON.stringify(answer, (key, item) =>
    key === 'incident' ? '…' : typeof item === 'bigint' ? `${item}n` : item,
  )

const tables = {
  Note: ['id', 'ownerId', 'title', 'rank', 'isPublic', 'meta', 'pin', 'secret'],
  Remark: ['id', 'noteId', 'text', 'isLoud'],
  Ghost: ['id', 'word'],
}

async function stored(database: Database): Promise<string> {
  const all: unknown[] = []
  for (const [name, columns] of Object.entries(tables)) {
    const list = columns.map((column) => `"${column}"`).join(', ')
    const values = await database.stored(`select ${list} from main."${name}" order by id`, columns.length)
    all.push(
      Array.from({ length: values.length / columns.length }, (_, at) => [
        name,
        ...values.slice(at * columns.length, (at + 1) * columns.length),
      ]),
    )
  }
  return JSON.stringify(all)
}

/** Rows of hidden notes, their remarks, the ghosts, and the hidden fields of all. */
function hiddenPart(all: string): string {
  const [notes = [], remarks = [], ghosts = []] = JSON.parse(all) as unknown[][][]
  const isHidden = (id: unknown) => id === 4 || id === 5 || id === 6
  return JSON.stringify([
    notes.map(([, id, owner, ...rest]) => (isHidden(id) ? [id, owner, ...rest] : null)).filter(Boolean),
    remarks.filter(([, , noteId]) => isHidden(noteId)),
    ghosts,
  ])
}
