/** The engine's own tables in MariaDB and MySQL, and the routines that stand in for what SQLite brings with it. */

import { tableOptions } from './ddl.ts'
import { jsonAt, sqliteFunctions } from './functions.ts'
import { type MysqlServer, mariaDb, mysql } from './server.ts'

const appendOnly = (
  event: 'UPDATE' | 'DELETE',
) => `CREATE TRIGGER IF NOT EXISTS main."_dbal_audit_no_${event.toLowerCase()}"
BEFORE ${event} ON main."_dbal_audit" FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the audit log is append-only'`

/** MySQL replaces no routine. */
function routine(text: string, server: MysqlServer): string[] {
  if (server !== mysql) return [text.replace('CREATE', 'CREATE OR REPLACE')]
  return [text.replace(/^CREATE (\w+) (main\."\w+")[\s\S]*$/, 'DROP $1 IF EXISTS $2'), text]
}

/** What a routine runs that it has put together. */
const runText = 'PREPARE _dbal_run FROM @_dbal_text; EXECUTE _dbal_run; DEALLOCATE PREPARE _dbal_run;'

const text = 'LONGTEXT'

export const engineTablesOf = (server: MysqlServer): readonly string[] => [
  ...tables(server),
  ...routines(server),
]

function tables(server: MysqlServer): string[] {
  const options = tableOptions(server)
  return [
    `CREATE TABLE IF NOT EXISTS main."_dbal_meta" (
  "key" VARCHAR(100) PRIMARY KEY,
  "value" ${text} NOT NULL
) ${options}`,
    // One row, locked by whoever has the turn to write.
    `CREATE TABLE IF NOT EXISTS main."_dbal_turn" ("one" TINYINT PRIMARY KEY CHECK ("one" = 1)) ${options}`,
    `INSERT IGNORE INTO main."_dbal_turn" VALUES (1)`,
    `CREATE TABLE IF NOT EXISTS main."_dbal_migrations" (
  "version" BIGINT PRIMARY KEY,
  "name" ${text} NOT NULL,
  "checksum" VARCHAR(100) NOT NULL,
  "up" ${text} NOT NULL CHECK (json_valid("up")),
  "down" ${text} NOT NULL CHECK (json_valid("down")),
  "appliedAt" VARCHAR(30) NOT NULL,
  "generated" TINYINT NOT NULL CHECK ("generated" IN (0, 1))
) ${options}`,
    `CREATE TABLE IF NOT EXISTS main."_dbal_audit" (
  "seq" BIGINT PRIMARY KEY,
  "at" VARCHAR(30) NOT NULL,
  "userId" ${text},
  "username" ${text},
  "role" VARCHAR(100) NOT NULL,
  "sessionId" ${text},
  "guest" ${text},
  "entity" VARCHAR(255),
  "operation" VARCHAR(255) NOT NULL,
  "rowIds" ${text} NOT NULL,
  "rowCount" BIGINT NOT NULL,
  "rowsDigest" VARCHAR(255),
  "success" TINYINT NOT NULL,
  "code" VARCHAR(100),
  "durationMs" DOUBLE NOT NULL,
  "changes" ${text},
  "requestId" JSON,
  "salt" VARCHAR(255) NOT NULL,
  "prevHash" VARCHAR(100) NOT NULL,
  "hash" VARCHAR(100) NOT NULL
) ${options}`,
    appendOnly('UPDATE'),
    appendOnly('DELETE'),
    `CREATE TABLE IF NOT EXISTS main."_dbal_outcomes" (
  "client" VARCHAR(255) NOT NULL,
  "slot" BIGINT NOT NULL,
  "at" BIGINT NOT NULL,
  "replies" ${text} NOT NULL,
  PRIMARY KEY ("client", "slot")
) ${options}`,
    `CREATE TABLE IF NOT EXISTS main."_dbal_attempts" (
  "subject" VARCHAR(600) NOT NULL,
  "at" BIGINT NOT NULL,
  "rowid" BIGINT AUTO_INCREMENT PRIMARY KEY,
  INDEX "_dbal_attempts_subject" ("subject", "at")
) ${options}`,
    `CREATE TABLE IF NOT EXISTS main."_dbal_tokens" (
  "hash" VARCHAR(255) PRIMARY KEY,
  "kind" VARCHAR(20) NOT NULL CHECK ("kind" IN ('access', 'refresh', 'reset')),
  "userId" VARCHAR(255) NOT NULL,
  "sessionId" VARCHAR(255),
  "expiresAt" BIGINT NOT NULL,
  "spentAt" BIGINT,
  INDEX "_dbal_tokens_session" ("sessionId"),
  INDEX "_dbal_tokens_user" ("userId"),
  INDEX "_dbal_tokens_expiry" ("expiresAt")
) ${options}`,
  ]
}

const routines = (server: MysqlServer): string[] => [
  ...valueRoutines(server),
  ...(server === mysql ? mysqlDefinitionRoutines : mariaDbDefinitionRoutines),
]

const valueRoutines = (server: MysqlServer): string[] => {
  const { byCodePoint } = server.folding
  return [
    ...routine(
      `CREATE PROCEDURE main."_dbal_begin"() SQL SECURITY INVOKER
BEGIN
  DECLARE turn INT;
  START TRANSACTION;
  SELECT "one" INTO turn FROM "_dbal_turn" WHERE "one" = 1 FOR UPDATE;
END`,
      server,
    ),
    ...[
      jsonAt('CREATE FUNCTION', byCodePoint, server === mysql ? 'JSON' : 'LONGTEXT'),
      ...sqliteFunctions('CREATE FUNCTION', byCodePoint),
    ].flatMap((text) => routine(text, server)),
    ...routine(
      `CREATE FUNCTION main."_dbal_quoted"(name VARCHAR(80)) RETURNS VARCHAR(170) DETERMINISTIC NO SQL SQL SECURITY INVOKER
RETURN concat('\`', replace(name, '\`', '\`\`'), '\`')`,
      server,
    ),
  ]
}

const mariaDbDefinitionRoutines = [
  // A text without a bound has no index but of its beginning; a unique one is kept by its hash. A column whose case is
  // folded is indexed by its twin.
  ...routine(
    `CREATE PROCEDURE main."_dbal_create_index"(name VARCHAR(64), entity VARCHAR(64), kind VARCHAR(10), fields LONGTEXT) SQL SECURITY INVOKER
BEGIN
  DECLARE parts LONGTEXT DEFAULT '';
  DECLARE at INT DEFAULT 0;
  DECLARE field, twin VARCHAR(80);
  DECLARE type VARCHAR(64);
  WHILE at < json_length(fields) DO
    SET field = json_unquote(json_extract(fields, concat('$[', at, ']')));
    SET twin = concat(field, '~folded');
    SET type = (SELECT data_type FROM information_schema.columns WHERE table_schema = database() AND table_name = entity AND column_name = field);
    IF EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = database() AND table_name = entity AND column_name = twin) THEN
      SET field = twin;
      SET type = '';
    END IF;
    SET parts = concat(parts, IF(at = 0, '', ', '), _dbal_quoted(field), IF(kind = '' AND type IN ('longtext', 'longblob'), ' (191)', ''));
    SET at = at + 1;
  END WHILE;
  SET @_dbal_text = concat('CREATE ', kind, ' INDEX IF NOT EXISTS ', _dbal_quoted(name), ' ON ', _dbal_quoted(entity), ' (', parts, ')');
    ${runText}
END`,
    mariaDb,
  ),
  // With its twin, which is made of it.
  ...routine(
    `CREATE PROCEDURE main."_dbal_rename_column"(entity VARCHAR(64), old VARCHAR(64), new VARCHAR(64)) SQL SECURITY INVOKER
BEGIN
  DECLARE twin VARCHAR(80);
  SELECT min(column_name) INTO twin FROM information_schema.columns
    WHERE table_schema = database() AND table_name = entity AND column_name = concat(old, '~folded');
  SET @_dbal_text = concat('ALTER TABLE \`', replace(entity, '\`', '\`\`'), '\` RENAME COLUMN \`', replace(old, '\`', '\`\`'), '\` TO \`', replace(new, '\`', '\`\`'), '\`',
    IF(twin IS NULL, '', concat(', RENAME COLUMN \`', replace(old, '\`', '\`\`'), '~folded\` TO \`', replace(new, '\`', '\`\`'), '~folded\`')));
    ${runText}
END`,
    mariaDb,
  ),
]

const mysqlDefinitionRoutines = [
  // Changes a table if something of the name is there, or is not.
  ...routine(
    `CREATE PROCEDURE main."_dbal_define"(kind VARCHAR(10), entity VARCHAR(64), name VARCHAR(80), wanted TINYINT, change_text LONGTEXT) SQL SECURITY INVOKER
BEGIN
  DECLARE found TINYINT;
  SET found = CASE kind
    WHEN 'column' THEN EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = database() AND table_name = entity AND column_name = name)
    WHEN 'index' THEN EXISTS (SELECT 1 FROM information_schema.statistics WHERE table_schema = database() AND table_name = entity AND index_name = name)
    ELSE EXISTS (SELECT 1 FROM information_schema.referential_constraints WHERE constraint_schema = database() AND table_name = entity AND constraint_name = name) END;
  IF found = wanted THEN
    SET @_dbal_text = change_text;
    ${runText}
  END IF;
END`,
    mysql,
  ),
  ...routine(
    `CREATE PROCEDURE main."_dbal_drop_column"(entity VARCHAR(64), field VARCHAR(64)) SQL SECURITY INVOKER
BEGIN
  DECLARE dropped LONGTEXT;
  SET dropped = (SELECT group_concat('DROP COLUMN ' || _dbal_quoted(column_name) ORDER BY char_length(column_name) DESC SEPARATOR ', ')
    FROM information_schema.columns WHERE table_schema = database() AND table_name = entity AND column_name IN (field, concat(field, '~folded')));
  IF dropped IS NOT NULL THEN
    SET @_dbal_text = concat('ALTER TABLE ', _dbal_quoted(entity), ' ', dropped);
    ${runText}
  END IF;
END`,
    mysql,
  ),
  // A text without a bound has no index but of its beginning; a unique one is kept by its hash, as is one that would be
  // too long with the others. A column whose case is folded is indexed by its twin.
  ...routine(
    `CREATE PROCEDURE main."_dbal_create_index"(name VARCHAR(64), entity VARCHAR(64), kind VARCHAR(10), fields LONGTEXT) SQL SECURITY INVOKER
BEGIN
  DECLARE parts LONGTEXT DEFAULT '';
  DECLARE at INT DEFAULT 0;
  DECLARE whole, width BIGINT DEFAULT 0;
  DECLARE field, twin VARCHAR(80);
  SET whole = (SELECT coalesce(sum(coalesce(character_octet_length, 8)), 0) FROM information_schema.columns
    WHERE table_schema = database() AND table_name = entity AND json_contains(fields, json_quote(column_name)));
  WHILE at < json_length(fields) DO
    SET field = json_unquote(json_extract(fields, concat('$[', at, ']')));
    SET twin = concat(field, '~folded');
    IF EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = database() AND table_name = entity AND column_name = twin) THEN
      SET field = twin;
    END IF;
    SET width = (SELECT coalesce(character_octet_length, 8) FROM information_schema.columns WHERE table_schema = database() AND table_name = entity AND column_name = field);
    SET parts = concat(parts, IF(at = 0, '', ', '), CASE
      WHEN whole <= 3072 OR width <= 764 THEN _dbal_quoted(field)
      WHEN kind = 'UNIQUE' THEN concat('(sha2(', _dbal_quoted(field), ', 256))')
      ELSE concat(_dbal_quoted(field), ' (191)') END);
    SET at = at + 1;
  END WHILE;
  IF NOT EXISTS (SELECT 1 FROM information_schema.statistics WHERE table_schema = database() AND table_name = entity AND index_name = name) THEN
    SET @_dbal_text = concat('CREATE ', kind, ' INDEX ', _dbal_quoted(name), ' ON ', _dbal_quoted(entity), ' (', parts, ')');
    ${runText}
  END IF;
END`,
    mysql,
  ),
]
