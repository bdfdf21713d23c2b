import { describe, expect, test } from 'vitest'
import { mysqlCopyCases } from '../../src/cli/copy/copy-mysql.cases.ts'
import { copyFolder, fillKinds } from '../../src/cli/copy/copy-setup.cases.ts'
import { noMariaDb, startMariaDb } from '../support/mariadb.ts'
import { noMysql, startMysql } from '../support/mysql.ts'
import type { TestMysqlServer } from '../support/mysql-server.ts'

// As much at once as MariaDB takes: MySQL's default is more than a test should write.
mysqlCopyCases({
  name: 'MySQL',
  missing: noMysql,
  start: () => startMysql({ more: ['--max-allowed-packet=16M'] }),
})

describe.skipIf(noMysql ?? noMariaDb)('copying between MariaDB and MySQL', () => {
  const address = ({ options: { port } }: TestMysqlServer, name: string) =>
    `mysql://root@127.0.0.1:${port}/${name}`

  test('there and back: the same rows, checksums and head', async () => {
    const [mariaDb, mysql] = await Promise.all([startMariaDb(), startMysql()])
    try {
      const { copy, file } = copyFolder()
      await fillKinds(file('app.sqlite'))
      const [one, two, three] = [address(mariaDb, 'one'), address(mysql, 'two'), address(mariaDb, 'three')]
      const outs: string[] = []
      for (const [from, to, kinds] of [
        ['app.sqlite', one, ['(SQLite)', '(MariaDB)']],
        [one, two, ['(MariaDB)', '(MySQL)']],
        [two, three, ['(MySQL)', '(MariaDB)']],
        [three, 'back.sqlite', ['(MariaDB)', '(SQLite)']],
      ] as const) {
        const { code, errors, out } = await copy(from, to)
        expect({ code, errors }).toEqual({ code: 0, errors: '' })
        expect(out.match(/\((?:SQLite|MariaDB|MySQL)\)/g)).toEqual(kinds)
        outs.push(out.split('\n').slice(3).join('\n'))
      }
      expect(new Set(outs).size).toBe(1)
    } finally {
      await Promise.all([mariaDb.stop(), mysql.stop()])
    }
  })
})
