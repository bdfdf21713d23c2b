/**
 * Foreign keys. To a column that ignores case they are kept by triggers, for which the database's own have no word;
 * whether it does is known to the other table alone, so the texts are written when all tables are as they are to be.
 */

import { quoteName, referenceActionName } from '../migrate/ddl.ts'
import type { ApartReferences } from '../migrate/migration-dialect.ts'
import type { Waiting } from '../migrate/plan.ts'
import { ask } from '../work.ts'
import { referenceName } from './ddl.ts'
import { definitionsOf } from './definitions.ts'
import { foldedName } from './folding.ts'
import { guarding, look, ownTrigger } from './inspect.ts'
import { type MysqlServer, mysql } from './server.ts'

const foreignKeysOf = look(
  `SELECT constraint_name FROM information_schema.key_column_usage
WHERE table_schema = database() AND table_name = ? AND column_name = ? AND referenced_table_name IS NOT NULL`,
  ['text'],
)

const hasColumn = `EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = database() AND table_name = ? AND column_name = ?)`

const hasKey = look(
  `SELECT EXISTS (SELECT 1 FROM information_schema.referential_constraints WHERE constraint_schema = database() AND table_name = ? AND constraint_name = ?)`,
  ['boolean'],
)

/** What the first half of the names of a reference's triggers ends with. */
const numberOf = ({ hash }: MysqlServer) => `left(${hash("concat(?, '.', ?)")}, 16)`

export function referencesOf(server: MysqlServer): ApartReferences {
  const definitions = definitionsOf(server)
  const triggersFor = look(
    `SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = database() AND trigger_name REGEXP '${ownTrigger}'
AND substr(trigger_name, 7, 16) = ${numberOf(server)}`,
    ['text'],
  )
  const foldings = look(`SELECT ${hasColumn}, ${hasColumn}, ${numberOf(server)}`, [
    'boolean',
    'boolean',
    'text',
  ])
  return {
    isNamed: true,
    *createTexts(reference) {
      const { entity, field, references } = reference
      const { values } = yield* ask(foldings, [
        ...[references.entity, foldedName(references.field)],
        ...[entity, foldedName(field)],
        ...[entity, field],
      ])
      const [isFolded, isOwnFolded, number] = values as [boolean, boolean, string]
      if (isFolded) return triggersOf(reference, keeping(reference, server, isOwnFolded), number)
      const name = referenceName(entity, field)
      const [isThere] = (yield* ask(hasKey, [entity, name])).values
      const key = isThere ? [] : [keyText(reference, name)]
      return server === mysql ? [...key, ...triggersOf(reference, guard(reference), number)] : key
    },
    *dropTexts(entity, field) {
      const keys = (yield* ask(foreignKeysOf, [entity, field])).values as string[]
      const triggers = (yield* ask(triggersFor, [entity, field])).values as string[]
      return [
        ...keys.map((key) => definitions.dropKey(entity, key)),
        ...triggers.map((name) => `DROP TRIGGER IF EXISTS main.${quoteName(name)}`),
      ]
    },
  }
}

function keyText(
  { entity, field, references: { entity: to, field: key, onDelete, onUpdate } }: Waiting,
  name: string,
) {
  return `ALTER TABLE main.${quoteName(entity)} ADD CONSTRAINT ${quoteName(name)} FOREIGN KEY (${quoteName(field)}) REFERENCES main.${quoteName(to)} (${quoteName(key)}) ON DELETE ${referenceActionName(onDelete)} ON UPDATE ${referenceActionName(onUpdate)}`
}

type Triggers = readonly (readonly [letter: 'i' | 'u' | 'd' | 'k', text: string])[]

function triggersOf({ entity, references }: Waiting, triggers: Triggers, number: string): string[] {
  return triggers.flatMap(([letter, text]) => {
    const name = quoteName(`_dbal_${number}_${letter}`)
    const table = quoteName(letter === 'i' || letter === 'u' ? entity : references.entity)
    return [
      `DROP TRIGGER IF EXISTS main.${name}`,
      `CREATE TRIGGER main.${name} ${events[letter]} ON main.${table} FOR EACH ROW BEGIN ${text}; END`,
    ]
  })
}

const events = { i: 'BEFORE INSERT', u: 'BEFORE UPDATE', d: 'AFTER DELETE', k: 'AFTER UPDATE' }

const refusing = (code: number) =>
  `THEN SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = ${code}, MESSAGE_TEXT = 'reference'; END IF`

/** On the referring table, what finds no row being told as an expression of the new value. */
function lookups(field: string, parent: string, found: string, exempt: string, facts: string): Triggers {
  const column = quoteName(field)
  const missing = `IF NEW.${column} IS NOT NULL${exempt} AND NOT EXISTS (SELECT 1 FROM ${parent} WHERE ${found} LOCK IN SHARE MODE) ${refusing(1452)}`
  return [
    ['i', `${facts}${missing}`],
    ['u', `IF NOT NEW.${column} <=> OLD.${column} THEN ${missing}; END IF`],
  ]
}

/**
 * MySQL from 9.6 on looks for no row that a new one refers to when the index that it takes for the foreign key has more
 * columns, and one of these is null (seen in 9.7.4). What it leaves out is looked for beside it.
 */
function guard({ entity, field, references: { entity: target, field: key } }: Waiting): Triggers {
  // A row may refer to itself, and is not there yet.
  const itself = entity === target ? ` AND NOT NEW.${quoteName(field)} <=> NEW.${quoteName(key)}` : ''
  const found = `${quoteName(key)} = NEW.${quoteName(field)}`
  return lookups(field, quoteName(target), found, itself, `/*${guarding}*/ `)
}

function keeping(
  { entity, field, references: { entity: target, field: key, onDelete, onUpdate } }: Waiting,
  { folding }: MysqlServer,
  isOwnFolded: boolean,
): Triggers {
  const folded = (expression: string) => `${folding.begins}${expression}${folding.ends}`
  const [child, parent] = [quoteName(entity), quoteName(target)]
  const [column, other] = [quoteName(field), folded(`OLD.${quoteName(key)}`)]
  const [deleting, updating] = [referenceActionName(onDelete), referenceActionName(onUpdate)]
  // The inspector reads them there.
  const facts = `/*${JSON.stringify(['_dbal_reference', entity, field, target, key, deleting, updating])}*/ `
  const own = `${isOwnFolded ? quoteName(foldedName(field)) : folded(column)} = ${other}`
  const blocked = `IF EXISTS (SELECT 1 FROM ${child} WHERE ${own}) ${refusing(1451)}`
  const following = (action: string, cascade: string) => {
    // A trigger must not change the table that it belongs to.
    if (entity === target) return blocked
    if (action === 'CASCADE') return cascade
    return action === 'SET NULL' ? `UPDATE ${child} SET ${column} = NULL WHERE ${own}` : blocked
  }
  const removed = following(deleting, `DELETE FROM ${child} WHERE ${own}`)
  const changed = following(updating, `UPDATE ${child} SET ${column} = NEW.${quoteName(key)} WHERE ${own}`)
  const found = `${quoteName(foldedName(key))} = ${folded(`NEW.${column}`)}`
  return [
    ...lookups(field, parent, found, '', facts),
    ['d', removed],
    ['k', `IF NOT ${other} <=> ${folded(`NEW.${quoteName(key)}`)} THEN ${changed}; END IF`],
  ]
}
