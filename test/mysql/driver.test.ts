import { mysqlDriverCases } from '../../src/drivers/mysql.cases.ts'
import { noMysql, startMysql } from '../support/mysql.ts'

mysqlDriverCases('the driver over MySQL', noMysql, startMysql)
