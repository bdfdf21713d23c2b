import { noMariaDb, startMariaDb } from '../../test/support/mariadb.ts'
import { mysqlDriverCases } from './mysql.cases.ts'

mysqlDriverCases('the driver over MariaDB', noMariaDb, startMariaDb)
