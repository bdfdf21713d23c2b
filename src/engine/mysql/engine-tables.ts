/** The engine's own tables in MariaDB, and the routines that stand in for what SQLite brings with it. */

import { tableOptions } from './ddl.ts'
import { byCodePoint, foldingBegins, foldingEnds } from './folding.ts'
import { jsonAt, sqliteFunctions } from './functions.ts'

const appendOnly = (
  event: 'UPDATE' | 'DELETE',
) => `CREATE TRIGGER IF NOT EXISTS main."_dbal_audit_no_${event.toLowerCase()}"
BEFORE ${event} ON main."_dbal_audit" FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the audit log is append-only'`

/** An expression of SQL text with its case folded, itself as a piece of such text. */
const folded = (expression: string): string => `concat('${foldingBegins}${expression}${foldingEnds}')`

const text = 'LONGTEXT'

export const mysqlEngineTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS main."_dbal_meta" (
  "key" VARCHAR(100) PRIMARY KEY,
  "value" ${text} NOT NULL
) ${tableOptions}`,
  // One row, locked by whoever has the turn to write.
  `CREATE TABLE IF NOT EXISTS main."_dbal_turn" ("one" TINYINT PRIMARY KEY CHECK ("one" = 1)) ${tableOptions}`,
  `INSERT IGNORE INTO main."_dbal_turn" VALUES (1)`,
  `CREATE OR REPLACE PROCEDURE main."_dbal_begin"() SQL SECURITY INVOKER
BEGIN
  DECLARE turn INT;
  START TRANSACTION;
  SELECT "one" INTO turn FROM "_dbal_turn" WHERE "one" = 1 FOR UPDATE;
END`,
  jsonAt('CREATE OR REPLACE FUNCTION', byCodePoint, 'LONGTEXT'),
  ...sqliteFunctions('CREATE OR REPLACE FUNCTION', byCodePoint),
  `CREATE OR REPLACE FUNCTION main."_dbal_quoted"(name VARCHAR(80)) RETURNS VARCHAR(170) DETERMINISTIC NO SQL SQL SECURITY INVOKER
RETURN concat('\`', replace(name, '\`', '\`\`'), '\`')`,
  // A text without a bound has no index but of its beginning; a unique one is kept by its hash. A column whose case is
  // folded is indexed by its twin.
  `CREATE OR REPLACE PROCEDURE main."_dbal_create_index"(name VARCHAR(64), entity VARCHAR(64), kind VARCHAR(10), fields LONGTEXT) SQL SECURITY INVOKER
BEGIN
  DECLARE parts LONGTEXT DEFAULT '';
  DECLARE at INT DEFAULT 0;
  DECLARE field, twin VARCHAR(80);
  DECLARE type VARCHAR(64);
  WHILE at < json_length(fields) DO
    SET field = json_value(fields, concat('$[', at, ']'));
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
    EXECUTE IMMEDIATE @_dbal_text;
END`,
  // A foreign key; to a column that ignores case it is kept by triggers, for which the database's own have no word.
  `CREATE OR REPLACE PROCEDURE main."_dbal_create_reference"(name VARCHAR(64), entity VARCHAR(64), field VARCHAR(64), target VARCHAR(64), "key" VARCHAR(64), ondelete VARCHAR(20), onupdate VARCHAR(20)) SQL SECURITY INVOKER
BEGIN
  DECLARE own, other, triggers, facts, missing, blocked, theirs TEXT;
  IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = database() AND table_name = target AND column_name = concat("key", '~folded')) THEN
    SET @_dbal_text = concat('ALTER TABLE ', _dbal_quoted(entity), ' ADD CONSTRAINT ', _dbal_quoted(name), ' FOREIGN KEY IF NOT EXISTS ', _dbal_quoted(name),
      ' (', _dbal_quoted(field), ') REFERENCES ', _dbal_quoted(target), ' (', _dbal_quoted("key"), ') ON DELETE ', ondelete, ' ON UPDATE ', onupdate);
    EXECUTE IMMEDIATE @_dbal_text;
  ELSE
    SET facts = concat('/*', json_array('_dbal_reference', entity, field, target, "key", ondelete, onupdate), '*/ ');
    SET triggers = concat('_dbal_', left(md5(concat(entity, '.', field)), 16));
    SET theirs = _dbal_quoted(concat("key", '~folded'));
    SET own = IF(EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = database() AND table_name = entity AND column_name = concat(field, '~folded')),
      _dbal_quoted(concat(field, '~folded')), ${folded(`', _dbal_quoted(field), '`)});
    SET missing = concat('IF NEW.', _dbal_quoted(field), ' IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ', _dbal_quoted(target), ' WHERE ', theirs, ' = ', ${folded(`NEW.', _dbal_quoted(field), '`)},
      ' LOCK IN SHARE MODE) THEN SIGNAL SQLSTATE ''23000'' SET MYSQL_ERRNO = 1452, MESSAGE_TEXT = ''reference''; END IF');
    SET @_dbal_text = concat('CREATE OR REPLACE TRIGGER ', _dbal_quoted(concat(triggers, '_i')), ' BEFORE INSERT ON ', _dbal_quoted(entity), ' FOR EACH ROW BEGIN ', facts, missing, '; END');
    EXECUTE IMMEDIATE @_dbal_text;
    SET @_dbal_text = concat('CREATE OR REPLACE TRIGGER ', _dbal_quoted(concat(triggers, '_u')), ' BEFORE UPDATE ON ', _dbal_quoted(entity), ' FOR EACH ROW BEGIN IF NOT NEW.', _dbal_quoted(field), ' <=> OLD.', _dbal_quoted(field), ' THEN ', missing, '; END IF; END');
    EXECUTE IMMEDIATE @_dbal_text;
    SET other = ${folded(`OLD.', _dbal_quoted("key"), '`)};
    SET blocked = concat('IF EXISTS (SELECT 1 FROM ', _dbal_quoted(entity), ' WHERE ', own, ' = ', other, ') THEN SIGNAL SQLSTATE ''23000'' SET MYSQL_ERRNO = 1451, MESSAGE_TEXT = ''reference''; END IF');
    SET @_dbal_text = concat('CREATE OR REPLACE TRIGGER ', _dbal_quoted(concat(triggers, '_d')), ' AFTER DELETE ON ', _dbal_quoted(target), ' FOR EACH ROW BEGIN ',
      CASE WHEN entity = target THEN blocked
        WHEN ondelete = 'CASCADE' THEN concat('DELETE FROM ', _dbal_quoted(entity), ' WHERE ', own, ' = ', other)
        WHEN ondelete = 'SET NULL' THEN concat('UPDATE ', _dbal_quoted(entity), ' SET ', _dbal_quoted(field), ' = NULL WHERE ', own, ' = ', other)
        ELSE blocked END, '; END');
    EXECUTE IMMEDIATE @_dbal_text;
    SET @_dbal_text = concat('CREATE OR REPLACE TRIGGER ', _dbal_quoted(concat(triggers, '_k')), ' AFTER UPDATE ON ', _dbal_quoted(target), ' FOR EACH ROW BEGIN IF NOT ', other, ' <=> ', ${folded(`NEW.', _dbal_quoted("key"), '`)}, ' THEN ',
      CASE WHEN entity = target THEN blocked
        WHEN onupdate = 'CASCADE' THEN concat('UPDATE ', _dbal_quoted(entity), ' SET ', _dbal_quoted(field), ' = NEW.', _dbal_quoted("key"), ' WHERE ', own, ' = ', other)
        WHEN onupdate = 'SET NULL' THEN concat('UPDATE ', _dbal_quoted(entity), ' SET ', _dbal_quoted(field), ' = NULL WHERE ', own, ' = ', other)
        ELSE blocked END, '; END IF; END');
    EXECUTE IMMEDIATE @_dbal_text;
  END IF;
END`,
  // With its twin, which is made of it.
  `CREATE OR REPLACE PROCEDURE main."_dbal_rename_column"(entity VARCHAR(64), old VARCHAR(64), new VARCHAR(64)) SQL SECURITY INVOKER
BEGIN
  DECLARE twin VARCHAR(80);
  SELECT min(column_name) INTO twin FROM information_schema.columns
    WHERE table_schema = database() AND table_name = entity AND column_name = concat(old, '~folded');
  SET @_dbal_text = concat('ALTER TABLE \`', replace(entity, '\`', '\`\`'), '\` RENAME COLUMN \`', replace(old, '\`', '\`\`'), '\` TO \`', replace(new, '\`', '\`\`'), '\`',
    IF(twin IS NULL, '', concat(', RENAME COLUMN \`', replace(old, '\`', '\`\`'), '~folded\` TO \`', replace(new, '\`', '\`\`'), '~folded\`')));
    EXECUTE IMMEDIATE @_dbal_text;
END`,
  `CREATE TABLE IF NOT EXISTS main."_dbal_migrations" (
  "version" BIGINT PRIMARY KEY,
  "name" ${text} NOT NULL,
  "checksum" VARCHAR(100) NOT NULL,
  "up" ${text} NOT NULL CHECK (json_valid("up")),
  "down" ${text} NOT NULL CHECK (json_valid("down")),
  "appliedAt" VARCHAR(30) NOT NULL,
  "generated" TINYINT NOT NULL CHECK ("generated" IN (0, 1))
) ${tableOptions}`,
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
) ${tableOptions}`,
  appendOnly('UPDATE'),
  appendOnly('DELETE'),
  `CREATE TABLE IF NOT EXISTS main."_dbal_outcomes" (
  "client" VARCHAR(255) NOT NULL,
  "slot" BIGINT NOT NULL,
  "at" BIGINT NOT NULL,
  "replies" ${text} NOT NULL,
  PRIMARY KEY ("client", "slot")
) ${tableOptions}`,
  `CREATE TABLE IF NOT EXISTS main."_dbal_attempts" (
  "subject" VARCHAR(600) NOT NULL,
  "at" BIGINT NOT NULL,
  "rowid" BIGINT AUTO_INCREMENT PRIMARY KEY,
  INDEX "_dbal_attempts_subject" ("subject", "at")
) ${tableOptions}`,
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
) ${tableOptions}`,
]
