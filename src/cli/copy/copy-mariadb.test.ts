import { noMariaDb, startMariaDb } from '../../../test/support/mariadb.ts'
import { mysqlCopyCases } from './copy-mysql.cases.ts'

mysqlCopyCases({ name: 'MariaDB', missing: noMariaDb, start: startMariaDb })
