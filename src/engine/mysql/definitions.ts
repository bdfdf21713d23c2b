/** Definitions that do no harm where they are done already: MariaDB has words for it, MySQL a routine of ours. */

import { quoteName, quoteText } from '../migrate/ddl.ts'
import { type MysqlServer, mysql } from './server.ts'

export interface Definitions {
  dropIndex(entity: string, name: string): string
  renameIndex(entity: string, from: string, to: string): string
  /** @param columns texts of the column, and of its twin */
  addColumn(entity: string, name: string, columns: string): string
  dropKey(entity: string, name: string): string
}

const mariaDbDefinitions: Definitions = {
  dropIndex: (entity, name) => `DROP INDEX IF EXISTS ${quoteName(name)} ON main.${quoteName(entity)}`,
  renameIndex: (entity, from, to) =>
    `ALTER TABLE main.${quoteName(entity)} RENAME INDEX IF EXISTS ${quoteName(from)} TO ${quoteName(to)}`,
  addColumn: (entity, _name, columns) =>
    `ALTER TABLE main.${quoteName(entity)} ADD COLUMN IF NOT EXISTS (${columns})`,
  dropKey: (entity, name) =>
    `ALTER TABLE main.${quoteName(entity)} DROP FOREIGN KEY IF EXISTS ${quoteName(name)}`,
}

/** Where a thing of the kind and name is there, or is not. */
function when(
  kind: 'column' | 'index' | 'key',
  entity: string,
  name: string,
  isThere: 0 | 1,
  change: string,
) {
  const text = `ALTER TABLE ${quoteName(entity)} ${change}`
  return `CALL main._dbal_define(${[kind, entity, name].map(quoteText).join(', ')}, ${isThere}, ${quoteText(text)})`
}

const mysqlDefinitions: Definitions = {
  dropIndex: (entity, name) => when('index', entity, name, 1, `DROP INDEX ${quoteName(name)}`),
  renameIndex: (entity, from, to) =>
    when('index', entity, from, 1, `RENAME INDEX ${quoteName(from)} TO ${quoteName(to)}`),
  addColumn: (entity, name, columns) => when('column', entity, name, 0, `ADD COLUMN (${columns})`),
  dropKey: (entity, name) => when('key', entity, name, 1, `DROP FOREIGN KEY ${quoteName(name)}`),
}

export const definitionsOf = (server: MysqlServer): Definitions =>
  server === mysql ? mysqlDefinitions : mariaDbDefinitions
