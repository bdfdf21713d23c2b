/** What MySQL's and MariaDB's error numbers mean to the engine; where a number is not known, the class of its SQLSTATE. */

import { DriverError, type DriverErrorKind } from '../driver.ts'

const numbers: { readonly [Kind in DriverErrorKind]?: readonly number[] } = {
  unique: [1022, 1062, 1169, 1557, 1586, 1761, 1762, 1859],
  foreignKey: [1216, 1217, 1451, 1452],
  notNull: [1048, 1263, 1364, 1566],
  // CHECK constraints: MySQL's number and MariaDB's.
  check: [3819, 4025],
  type: [1264, 1265, 1292, 1366, 1367, 1411, 1416, 1690, 3140, 3141, 3156, 4037, 4038],
  trigger: [1644],
  interrupted: [1317, 1969, 3024],
  // Lost against another transaction, or waited too long for one: the same work may succeed when it is done again.
  busy: [1020, 1205, 1206, 1213, 1412, 3572],
  full: [1021, 1114],
  io: [1016, 1024, 1026, 1030, 1053, 1077, 1079, 1080, 1152, 1156, 1157, 1158, 1159, 1160, 1161, 1927],
  corrupt: [1034, 1035, 1194, 1195, 1712, 1877],
  readOnly: [1290, 1792, 1836],
  cantOpen: [1040, 1044, 1045, 1049, 1129, 1130, 1203, 1226, 1698],
  tooBig: [1153, 1301, 1406, 3950],
}

const kinds: ReadonlyMap<number, DriverErrorKind> = new Map(
  Object.entries(numbers).flatMap(([kind, codes]) =>
    codes.map((code): [number, DriverErrorKind] => [code, kind as DriverErrorKind]),
  ),
)

const classes: { readonly [sqlStateClass: string]: DriverErrorKind } = {
  '08': 'io',
  '22': 'type',
  '28': 'cantOpen',
  '40': 'busy',
  '42': 'syntax',
  '70': 'interrupted',
}

/** After these the server has rolled back the whole transaction: a deadlock, no room for locks. */
const ending: ReadonlySet<number> = new Set([1206, 1213])

/** The wait for a lock was too long; the server's settings say whether that ends the transaction too. */
export const lockWaitTimeout = 1205

/** The statement was prepared on a table that has another form now. */
export const needsPreparing = 1615

/** The server knows no statement of this number. */
export const unknownStatement = 1243

export const endsTransaction = (code: number | string): boolean => ending.has(code as number)

/** @param rolledBack the open transaction is gone with it */
export function toDriverError(error: unknown, rolledBack: boolean): DriverError {
  if (error instanceof DriverError) return error
  const { errno, code, sqlState, message } = error as { [key: string]: unknown }
  const options = { cause: error, rolledBack }
  // What did not come from the server is the connection's end, with a word of Node's or of the client library.
  if (typeof sqlState !== 'string' || typeof errno !== 'number')
    return new DriverError('io', typeof code === 'string' ? code : 'connection', String(message), options)
  return new DriverError(kindOf(errno, sqlState), errno, String(message), options)
}

export function kindOf(errno: number, sqlState: string): DriverErrorKind {
  return kinds.get(errno) ?? classes[sqlState.slice(0, 2)] ?? 'other'
}
