import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { splitSql } from './split-sql.ts'

describe('a text of SQL is cut', () => {
  test.each<[string, string[]]>([
    ['', []],
    [' ;; \n-- nothing\n;/* ; */', []],
    ['SELECT 1', ['SELECT 1']],
    ['SELECT 1; SELECT 2 ;', ['SELECT 1', 'SELECT 2']],
    ["SELECT ';'; SELECT 'it''s; fine'", ["SELECT ';'", "SELECT 'it''s; fine'"]],
    ['SELECT ";", `;`, [;], "a"";"; SELECT 2', ['SELECT ";", `;`, [;], "a"";"', 'SELECT 2']],
    ['SELECT 1 -- ; no end\n + 1; SELECT 2', ['SELECT 1 -- ; no end\n + 1', 'SELECT 2']],
    ['SELECT 1 /* ; \n */; SELECT 2 -- last', ['SELECT 1 /* ; \n */', 'SELECT 2 -- last']],
    ['SELECT 4 / 2; SELECT 1 - 1', ['SELECT 4 / 2', 'SELECT 1 - 1']],
    [
      'CREATE TRIGGER t AFTER INSERT ON x BEGIN UPDATE x SET a = CASE WHEN a THEN 1 ELSE 2 END; DELETE FROM y; END; SELECT 1',
      [
        'CREATE TRIGGER t AFTER INSERT ON x BEGIN UPDATE x SET a = CASE WHEN a THEN 1 ELSE 2 END; DELETE FROM y; END',
        'SELECT 1',
      ],
    ],
    [
      'create temp trigger t after insert on x when case new.a when 1 then 1 end begin select 1; end; select 2',
      [
        'create temp trigger t after insert on x when case new.a when 1 then 1 end begin select 1; end',
        'select 2',
      ],
    ],
    [
      'CREATE TEMPORARY TRIGGER t AFTER INSERT ON x BEGIN SELECT "end;"; END; SELECT 1',
      ['CREATE TEMPORARY TRIGGER t AFTER INSERT ON x BEGIN SELECT "end;"; END', 'SELECT 1'],
    ],
    ['CREATE TABLE t ("begin" TEXT); SELECT 1', ['CREATE TABLE t ("begin" TEXT)', 'SELECT 1']],
    ['CREATE TEMP TABLE t (a); SELECT 1', ['CREATE TEMP TABLE t (a)', 'SELECT 1']],
    ['SELECT CASE 1 WHEN 1 THEN 2 END; SELECT 2', ['SELECT CASE 1 WHEN 1 THEN 2 END', 'SELECT 2']],
  ])('%j', (text, statements) => {
    expect(splitSql(text)).toEqual(statements)
  })

  test('into parts that mean what the whole means', () => {
    const parts = fc.constantFrom(
      "INSERT INTO t VALUES ('a;b')",
      "INSERT INTO t VALUES ('--') -- ; \"\n",
      "/* ' ; */ INSERT INTO t VALUES (1)",
      'CREATE TRIGGER IF NOT EXISTS g AFTER INSERT ON t BEGIN INSERT INTO u VALUES (CASE WHEN 1 THEN 2 END); INSERT INTO u VALUES (3); END',
      'DELETE FROM t WHERE [x] = 1',
      '',
    )
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }), (list) => {
        const whole = new DatabaseSync(':memory:')
        const split = new DatabaseSync(':memory:')
        const text = list.join(';\n')
        for (const database of [whole, split]) database.exec('CREATE TABLE t (x); CREATE TABLE u (y)')
        whole.exec(text)
        for (const statement of splitSql(text)) split.prepare(statement).run()
        const rows = 'SELECT x FROM t UNION ALL SELECT y FROM u'
        expect(split.prepare(rows).all()).toEqual(whole.prepare(rows).all())
      }),
      { numRuns: 50 },
    )
  })

  test.each(["SELECT 'a", 'SELECT "a', 'SELECT [a', '/* a'])('not when something never ends: %s', (text) => {
    expect(() => splitSql(text)).toThrow(SyntaxError)
  })
})
