/** What MySQL's and MariaDB's error numbers mean to the engine; where a number is not known, the class of its SQLSTATE. */

import { DriverError, type DriverErrorKind } from '../driver.ts'

const numbers: { readonly [Kind in DriverErrorKind]?: readonly number[] } = {
  unique: [1022, 1062, 1169, 1557, 1586, 1761, 1762, 1859],
  foreignKey: [1216, 1217, 1451, 1452],
  notNull: [1048, 1263, 1364, 1566],
  // CHECK constraints: MySQL's number and MariaDB's.
  check: [3819, 4025],
  // From 3140 on what MySQL says of JSON and its paths, from 3685 on of regular expressions; 4037 and 4038 are MariaDB's.
  type: [
    ...[1264, 1265, 1292, 1366, 1367, 1411, 1416, 1690, 4037, 4038],
    ...[3140, 3141, 3143, 3144, 3146, 3147, 3148, 3149, 3153, 3156, 3158, 3685, 3686, 3688, 3691, 3692, 3696],
  ],
  trigger: [1644],
  interrupted: [1317, 1969, 3024, 3636],
  // Lost against another transaction, or waited too long for one: the same work may succeed when it is done again.
  busy: [1020, 1205, 1206, 1213, 1412, 3058, 3100, 3101, 3572],
  // Of its disk, or of what it keeps in memory for sorting and for prepared statements.
  full: [1021, 1037, 1038, 1114, 1461],
  io: [
    1016, 1024, 1026, 1030, 1053, 1077, 1079, 1080, 1152, 1156, 1157, 1158, 1159, 1160, 1161, 1180, 1927,
    3168, 3169, 4031,
  ],
  corrupt: [1034, 1035, 1194, 1195, 1712, 1877],
  readOnly: [1290, 1792, 1836],
  cantOpen: [
    ...[1040, 1041, 1044, 1045, 1049, 1129, 1130, 1135, 1203, 1226, 1251, 1524, 1698, 1820, 1862],
    ...[3032, 3118, 3159, 3955],
  ],
  // A document that is nested too deep, a key of one that is too long, a text that a pattern goes through for too long.
  tooBig: [1118, 1153, 1301, 1406, 1436, 3150, 3151, 3157, 3698, 3699, 3950],
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

/** After these the server has rolled back the whole transaction: a deadlock, no room for locks, a group that disagrees. */
const ending: ReadonlySet<number> = new Set([1206, 1213, 3100, 3101])

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
