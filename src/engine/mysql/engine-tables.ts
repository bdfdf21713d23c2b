/** The engine's own tables in MariaDB, and the routines that stand in for what SQLite brings with it. */

import { tableOptions } from './ddl.ts'
import { byCodePoint, foldingBegins, foldingEnds } from './folding.ts'

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
  // A place in a json text by a path such as $."items"[0]: a position is looked for in lists alone.
  `CREATE OR REPLACE FUNCTION main."_dbal_json_at"(doc LONGTEXT CHARACTER SET utf8mb4 ${byCodePoint}, path VARCHAR(2000) CHARACTER SET utf8mb4 ${byCodePoint})
RETURNS LONGTEXT CHARACTER SET utf8mb4 ${byCodePoint} DETERMINISTIC NO SQL SQL SECURITY INVOKER
BEGIN
  DECLARE node LONGTEXT CHARACTER SET utf8mb4 ${byCodePoint} DEFAULT doc;
  DECLARE rest VARCHAR(2000) CHARACTER SET utf8mb4 ${byCodePoint} DEFAULT substr(path, 2);
  DECLARE part VARCHAR(2000) CHARACTER SET utf8mb4 ${byCodePoint};
  WHILE rest <> '' AND node IS NOT NULL DO
    IF substr(rest, 1, 1) = '[' THEN
      SET part = substr(rest, 1, instr(rest, ']'));
      IF json_type(node) <> 'ARRAY' THEN RETURN NULL; END IF;
    ELSE
      SET part = substr(rest, 1, locate('"', rest, 3));
    END IF;
    SET node = json_extract(node, concat('$', part));
    SET rest = substr(rest, char_length(part) + 1);
  END WHILE;
  RETURN node;
END`,
  // As SQLite's: a place below 0 counts from the end, a length below 0 goes back from it.
  `CREATE OR REPLACE FUNCTION main."_dbal_substr"(whole LONGTEXT CHARACTER SET utf8mb4 ${byCodePoint}, place BIGINT, amount BIGINT)
RETURNS LONGTEXT CHARACTER SET utf8mb4 ${byCodePoint} DETERMINISTIC NO SQL SQL SECURITY INVOKER
BEGIN
  DECLARE p DECIMAL(30) DEFAULT place;
  DECLARE n DECIMAL(30) DEFAULT amount;
  IF whole IS NULL OR place IS NULL OR amount IS NULL THEN RETURN NULL; END IF;
  IF p < 0 THEN
    SET p = p + char_length(whole);
    IF p < 0 THEN
      SET n = IF(n < 0, 0, n + p);
      SET p = 0;
    END IF;
  ELSEIF p > 0 THEN
    SET p = p - 1;
  ELSEIF n > 0 THEN
    SET n = n - 1;
  END IF;
  IF n < 0 THEN
    SET n = least(-n, p);
    SET p = p - n;
  END IF;
  RETURN substr(whole, cast(least(p, 4294967295) AS SIGNED) + 1, cast(least(n, 4294967295) AS SIGNED));
END`,
  // Of an instant as it is stored; what SQLite takes beside these is refused, what it does not take gives null.
  `CREATE OR REPLACE FUNCTION main."_dbal_strftime"(form LONGTEXT CHARACTER SET utf8mb4 ${byCodePoint}, instant VARCHAR(24) CHARACTER SET utf8mb4 ${byCodePoint})
RETURNS LONGTEXT CHARACTER SET utf8mb4 ${byCodePoint} DETERMINISTIC NO SQL SQL SECURITY INVOKER
BEGIN
  DECLARE made LONGTEXT CHARACTER SET utf8mb4 ${byCodePoint} DEFAULT '';
  DECLARE at INT DEFAULT 1;
  DECLARE letter VARCHAR(1) CHARACTER SET utf8mb4 ${byCodePoint};
  IF form IS NULL OR instant IS NULL THEN RETURN NULL; END IF;
  WHILE at <= char_length(form) DO
    SET letter = substr(form, at, 1);
    IF letter <> '%' THEN
      SET made = concat(made, letter);
    ELSE
      SET at = at + 1;
      SET letter = substr(form, at, 1);
      IF letter <> '' AND instr('eGgIJklpPuUVW', letter) > 0 THEN SIGNAL SQLSTATE '22023' SET MYSQL_ERRNO = 1411, MESSAGE_TEXT = 'strftime'; END IF;
      SET made = concat(made, CASE letter WHEN '%' THEN '%' WHEN 'Y' THEN left(instant, 4) WHEN 'm' THEN substr(instant, 6, 2)
        WHEN 'd' THEN substr(instant, 9, 2) WHEN 'H' THEN substr(instant, 12, 2) WHEN 'M' THEN substr(instant, 15, 2)
        WHEN 'S' THEN substr(instant, 18, 2) WHEN 'f' THEN substr(instant, 18, 6) WHEN 'F' THEN left(instant, 10)
        WHEN 'T' THEN substr(instant, 12, 8) WHEN 'R' THEN substr(instant, 12, 5)
        WHEN 'j' THEN lpad(dayofyear(left(instant, 10)), 3, '0') WHEN 'w' THEN dayofweek(left(instant, 10)) - 1
        WHEN 's' THEN timestampdiff(SECOND, '1970-01-01 00:00:00', concat(left(instant, 10), ' ', substr(instant, 12, 8))) END);
    END IF;
    SET at = at + 1;
  END WHILE;
  RETURN made;
END`,
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
