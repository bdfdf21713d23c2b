/** The engine's own tables in PostgreSQL, and the functions that stand in for what SQLite brings with it. */

import { noCaseDomain } from './ddl.ts'

const appendOnly = (
  event: string,
  when = '',
) => `CREATE OR REPLACE TRIGGER "_dbal_audit_no_${event.toLowerCase()}"
BEFORE ${event} ON "_dbal_audit" FOR EACH ${event === 'TRUNCATE' ? 'STATEMENT' : 'ROW'} ${when}
EXECUTE FUNCTION main._dbal_append_only()`

export const postgresEngineTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS "_dbal_meta" (
  "key" text COLLATE "C" PRIMARY KEY,
  "value" text NOT NULL
)`,
  `DO $$ BEGIN
  CREATE DOMAIN ${noCaseDomain} AS text COLLATE "C";
EXCEPTION WHEN duplicate_object THEN NULL;
END $$`,
  // A place in a json text by a path such as $."items"[0]: a key is looked for in objects alone, a position in lists.
  `CREATE OR REPLACE FUNCTION "_dbal_json_at"(doc text, path text) RETURNS json
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  node json := doc::json;
  part text;
BEGIN
  FOR part IN SELECT m[1] FROM regexp_matches(path, '\\."[^"]*"|\\[\\d+\\]', 'g') AS m LOOP
    IF left(part, 1) = '.' THEN
      IF json_typeof(node) <> 'object' THEN RETURN NULL; END IF;
      node := node -> substr(part, 3, length(part) - 3);
    ELSE
      IF json_typeof(node) <> 'array' THEN RETURN NULL; END IF;
      node := node -> substr(part, 2, length(part) - 2)::int;
    END IF;
    IF node IS NULL THEN RETURN NULL; END IF;
  END LOOP;
  RETURN node;
END $$`,
  `CREATE OR REPLACE FUNCTION "_dbal_json_extract"(doc text, path text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  node json := _dbal_json_at(doc, path);
BEGIN
  RETURN CASE json_typeof(node)
    WHEN 'null' THEN NULL
    WHEN 'boolean' THEN CASE node::text WHEN 'true' THEN '1' ELSE '0' END
    WHEN 'string' THEN node #>> '{}'
    ELSE node::text
  END;
END $$`,
  `CREATE OR REPLACE FUNCTION "_dbal_json_type"(doc text, path text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  node json := _dbal_json_at(doc, path);
BEGIN
  RETURN CASE json_typeof(node)
    WHEN 'string' THEN 'text'
    WHEN 'boolean' THEN node::text
    WHEN 'number' THEN CASE WHEN node::text ~ '^-?\\d+$' THEN 'integer' ELSE 'real' END
    ELSE json_typeof(node)
  END;
END $$`,
  // As SQLite's: a place below 0 counts from the end, a length below 0 goes back from it.
  `CREATE OR REPLACE FUNCTION "_dbal_substr"(whole text, place bigint, long bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  p numeric := place;
  n numeric := long;
BEGIN
  IF p < 0 THEN
    p := p + length(whole);
    IF p < 0 THEN
      n := CASE WHEN n < 0 THEN 0 ELSE n + p END;
      p := 0;
    END IF;
  ELSIF p > 0 THEN
    p := p - 1;
  ELSIF n > 0 THEN
    n := n - 1;
  END IF;
  IF n < 0 THEN
    n := least(-n, p);
    p := p - n;
  END IF;
  RETURN substr(whole, least(p, 2000000000)::int + 1, least(n, 1100000000)::int);
END $$`,
  // Of an instant as it is stored; what SQLite takes beside these is refused, what it does not take gives null.
  `CREATE OR REPLACE FUNCTION "_dbal_strftime"(form text, instant text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  made text := '';
  piece text;
BEGIN
  FOREACH piece IN ARRAY ARRAY(SELECT m[1] FROM regexp_matches(form, '(%.?|[^%]+)', 'g') AS m) LOOP
    IF piece ~ '^%[eGgIJklpPuUVW]$' THEN RAISE EXCEPTION 'strftime' USING ERRCODE = '22023'; END IF;
    made := made || CASE
      WHEN left(piece, 1) <> '%' THEN piece
      WHEN piece = '%%' THEN '%'
      WHEN piece = '%Y' THEN left(instant, 4)
      WHEN piece = '%m' THEN substr(instant, 6, 2)
      WHEN piece = '%d' THEN substr(instant, 9, 2)
      WHEN piece = '%H' THEN substr(instant, 12, 2)
      WHEN piece = '%M' THEN substr(instant, 15, 2)
      WHEN piece = '%S' THEN substr(instant, 18, 2)
      WHEN piece = '%f' THEN substr(instant, 18, 6)
      WHEN piece = '%F' THEN left(instant, 10)
      WHEN piece = '%T' THEN substr(instant, 12, 8)
      WHEN piece = '%R' THEN substr(instant, 12, 5)
      WHEN piece = '%j' THEN to_char(left(instant, 10)::date, 'DDD')
      WHEN piece = '%w' THEN extract(dow FROM left(instant, 10)::date)::text
      WHEN piece = '%s' THEN floor(extract(epoch FROM instant::timestamptz))::bigint::text
    END;
  END LOOP;
  RETURN made;
END $$`,
  // A column that ignores case is of the domain; nulls stand first in the order of a column that takes them.
  `CREATE OR REPLACE FUNCTION "_dbal_create_index"(name text, entity text, kind text, fields text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  parts text;
BEGIN
  SELECT string_agg(
    CASE WHEN t.typname = '${noCaseDomain}' THEN format('(lower((%I)::text COLLATE "C"))', a.attname) ELSE format('%I', a.attname) END
      || CASE WHEN a.attnotnull THEN '' ELSE ' NULLS FIRST' END, ', ' ORDER BY f.at)
  INTO parts
  FROM unnest(fields) WITH ORDINALITY AS f(name, at)
  JOIN pg_attribute a ON a.attrelid = format('%I.%I', current_schema(), entity)::regclass AND a.attname = f.name
  JOIN pg_type t ON t.oid = a.atttypid;
  EXECUTE format('CREATE %s INDEX IF NOT EXISTS %I ON %I.%I (%s)', kind, name, current_schema(), entity, parts);
END $$`,
  // A foreign key; to a column that ignores case it is kept by triggers, for which PostgreSQL's own have no word.
  `CREATE OR REPLACE FUNCTION "_dbal_create_reference"(entity text, field text, target text, key text, ondelete text, onupdate text, kind text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  folded boolean;
  own text := format('%I.%I', current_schema(), entity);
  other text := format('%I.%I', current_schema(), target);
  tag text := left(md5(entity || '.' || field), 16);
BEGIN
  SELECT t.typname = '${noCaseDomain}' INTO folded FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = other::regclass AND a.attname = key;
  IF folded IS NOT TRUE THEN
    EXECUTE format('ALTER TABLE %s ADD FOREIGN KEY (%I) REFERENCES %s (%I) ON DELETE %s ON UPDATE %s',
      own, field, other, key, ondelete, onupdate);
    RETURN;
  END IF;
  EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT OR UPDATE OF %I ON %s FOR EACH ROW EXECUTE FUNCTION _dbal_refers(%L, %L, %L, %L, %L, %L)',
    '_dbal_refers_' || tag, field, own, entity, field, target, key, ondelete, onupdate);
  EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER DELETE OR UPDATE OF %I ON %s FOR EACH ROW EXECUTE FUNCTION _dbal_referred(%L, %L, %L, %L, %L, %L)',
    '_dbal_referred_' || tag, key, other, entity, field, target, key, ondelete, onupdate);
END $$`,
  // The arguments of both: entity, field, target, key, on delete, on update.
  `CREATE OR REPLACE FUNCTION "_dbal_refers"() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  value text;
  found int;
BEGIN
  EXECUTE format('SELECT ($1).%I::text', TG_ARGV[1]) INTO value USING NEW;
  IF value IS NULL THEN RETURN NULL; END IF;
  EXECUTE format('SELECT 1 FROM %I.%I WHERE lower((%I)::text COLLATE "C") = lower($1 COLLATE "C") FOR KEY SHARE',
    TG_TABLE_SCHEMA, TG_ARGV[2], TG_ARGV[3]) INTO found USING value;
  IF found IS NULL THEN RAISE EXCEPTION 'reference' USING ERRCODE = '23503'; END IF;
  RETURN NULL;
END $$`,
  `CREATE OR REPLACE FUNCTION "_dbal_referred"() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  before text;
  after text;
  found int;
  action text := CASE TG_OP WHEN 'DELETE' THEN TG_ARGV[4] ELSE TG_ARGV[5] END;
  own text := format('%I.%I', TG_TABLE_SCHEMA, TG_ARGV[0]);
  matches text := format('lower((%I)::text COLLATE "C") = lower($1 COLLATE "C")', TG_ARGV[1]);
BEGIN
  IF to_regclass(own) IS NULL THEN RETURN NULL; END IF;
  EXECUTE format('SELECT ($1).%I::text', TG_ARGV[3]) INTO before USING OLD;
  IF before IS NULL THEN RETURN NULL; END IF;
  IF TG_OP = 'UPDATE' THEN
    EXECUTE format('SELECT ($1).%I::text', TG_ARGV[3]) INTO after USING NEW;
    IF lower(before COLLATE "C") = lower(after COLLATE "C") THEN RETURN NULL; END IF;
  END IF;
  IF action = 'CASCADE' AND TG_OP = 'DELETE' THEN
    EXECUTE format('DELETE FROM %s WHERE %s', own, matches) USING before;
  ELSIF action = 'CASCADE' THEN
    EXECUTE format('UPDATE %s SET %I = $2 WHERE %s', own, TG_ARGV[1], matches) USING before, after;
  ELSIF action = 'SET NULL' THEN
    EXECUTE format('UPDATE %s SET %I = NULL WHERE %s', own, TG_ARGV[1], matches) USING before;
  ELSE
    EXECUTE format('SELECT 1 FROM %s WHERE %s LIMIT 1', own, matches) INTO found USING before;
    IF found IS NOT NULL THEN RAISE EXCEPTION 'reference' USING ERRCODE = '23503'; END IF;
  END IF;
  RETURN NULL;
END $$`,
  `CREATE TABLE IF NOT EXISTS "_dbal_migrations" (
  "version" bigint PRIMARY KEY,
  "name" text NOT NULL,
  "checksum" text NOT NULL,
  "up" text NOT NULL CHECK (("up"::json) IS NOT NULL),
  "down" text NOT NULL CHECK (("down"::json) IS NOT NULL),
  "appliedAt" text NOT NULL,
  "generated" smallint NOT NULL CHECK ("generated" IN (0, 1))
)`,
  `CREATE TABLE IF NOT EXISTS "_dbal_audit" (
  "seq" bigint PRIMARY KEY,
  "at" text COLLATE "C" NOT NULL,
  "userId" text COLLATE "C",
  "username" text COLLATE "C",
  "role" text COLLATE "C" NOT NULL,
  "sessionId" text COLLATE "C",
  "guest" text COLLATE "C",
  "entity" text COLLATE "C",
  "operation" text COLLATE "C" NOT NULL,
  "rowIds" text COLLATE "C" NOT NULL,
  "rowCount" bigint NOT NULL,
  "rowsDigest" text COLLATE "C",
  "success" smallint NOT NULL,
  "code" text COLLATE "C",
  "durationMs" double precision NOT NULL,
  "changes" text COLLATE "C",
  "requestId" jsonb,
  "salt" text COLLATE "C" NOT NULL,
  "prevHash" text COLLATE "C" NOT NULL,
  "hash" text COLLATE "C" NOT NULL
)`,
  `CREATE OR REPLACE FUNCTION "_dbal_append_only"() RETURNS trigger
LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$`,
  appendOnly('UPDATE'),
  appendOnly('DELETE'),
  appendOnly('TRUNCATE'),
  `CREATE TABLE IF NOT EXISTS "_dbal_outcomes" (
  "client" text COLLATE "C" NOT NULL,
  "slot" bigint NOT NULL,
  "at" bigint NOT NULL,
  "replies" text NOT NULL,
  PRIMARY KEY ("client", "slot")
)`,
  `CREATE TABLE IF NOT EXISTS "_dbal_attempts" (
  "subject" text COLLATE "C" NOT NULL,
  "at" bigint NOT NULL,
  rowid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
)`,
  `CREATE INDEX IF NOT EXISTS "_dbal_attempts_subject" ON "_dbal_attempts" ("subject", "at")`,
  `CREATE TABLE IF NOT EXISTS "_dbal_tokens" (
  "hash" text COLLATE "C" PRIMARY KEY,
  "kind" text COLLATE "C" NOT NULL CHECK ("kind" IN ('access', 'refresh', 'reset')),
  "userId" text COLLATE "C" NOT NULL,
  "sessionId" text COLLATE "C",
  "expiresAt" bigint NOT NULL,
  "spentAt" bigint
)`,
  `CREATE INDEX IF NOT EXISTS "_dbal_tokens_session" ON "_dbal_tokens" ("sessionId")`,
  `CREATE INDEX IF NOT EXISTS "_dbal_tokens_user" ON "_dbal_tokens" ("userId")`,
  `CREATE INDEX IF NOT EXISTS "_dbal_tokens_expiry" ON "_dbal_tokens" ("expiresAt")`,
]
