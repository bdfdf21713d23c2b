/** Servers that are not taken, by one that only says what it is. */

import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openMysql } from '../mysql.ts'

const packet = (number: number, ...parts: readonly (Buffer | string | readonly number[])[]) => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as string)))
  return Buffer.concat([Buffer.from([content.length & 255, content.length >> 8, 0, number]), content])
}
const text = (value: string) => Buffer.from(`${String.fromCharCode(value.length)}${value}`, 'latin1')

/** The protocol of version 4.1 with passwords by SHA-1, and nothing else. */
const capabilities = { low: [0x01, 0xa2], high: [0x08, 0x00] }
const greeting = (version: string) =>
  packet(
    0,
    [10],
    `${version}\0`,
    [1, 0, 0, 0],
    'saltsalt',
    [0],
    capabilities.low,
    [45, 2, 0],
    capabilities.high,
    [21, ...new Uint8Array(10)],
    'saltsaltsalt\0mysql_native_password\0',
  )
const fine = packet(2, [0, 0, 0, 2, 0, 0, 0])
const end = [0xfe, 0, 0, 2, 0]

function resultOf(values: readonly string[]): Buffer {
  const column = [...text('def'), 0, 0, 0, ...text('a'), 0, 12, 45, 0, 255, 0, 0, 0, 253, 0, 0, 0, 0, 0]
  const packets = [
    [values.length],
    ...values.map(() => column),
    end,
    values.flatMap((value) => [...text(value)]),
    end,
  ]
  return Buffer.concat(packets.map((content, at) => packet(at + 1, content)))
}

/** @returns its port, and the queries that it was sent */
async function serverOf(version: string, lowerCase = '0') {
  const asked: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.write(greeting(version))
    socket.on('data', (data) => {
      const [, , , number, command] = data
      if (number === 1) return void socket.write(fine)
      if (command !== 3) return void socket.end()
      asked.push(data.subarray(5).toString())
      socket.write(resultOf([version, '0', lowerCase]))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return { port: (server.address() as AddressInfo).port, asked }
}

test.each(['8.0.11-TiDB-v7.5.0', '8.0.30-Vitess'])(
  '%s is refused, with the reason and what to do',
  async (version) => {
    const { port, asked } = await serverOf(version)
    await expect(openMysql({ host: '127.0.0.1', port, user: 'app', database: 'app' })).rejects.toMatchObject({
      name: 'DBALError',
      code: 'CAPABILITY_NOT_SUPPORTED',
      details: { capability: 'mysql' },
      message: expect.stringMatching(
        new RegExp(
          `^This server is ${version}, neither MySQL nor MariaDB.* Use MySQL 8\\.4 or newer, MariaDB`,
        ),
      ),
    })
    expect(asked).toHaveLength(1)
  },
)

test.each([
  ['10.5.23-MariaDB', '0', 'MariaDB 10.6 or newer is needed, this is 10.5.23-MariaDB'],
  ['5.5.5-10.4.1-MariaDB-log', '0', 'MariaDB 10.6 or newer is needed, this is 5.5.5-10.4.1-MariaDB-log'],
  ['11.4.2-MariaDB', '1', 'must keep the case of table names'],
  ['5.7.44-log', '0', 'MySQL 8.4 or newer is needed, this is 5.7.44-log'],
  ['8.0.36', '0', 'MySQL 8.4 or newer is needed, this is 8.0.36'],
  ['8.3.0', '0', 'MySQL 8.4 or newer is needed, this is 8.3.0'],
  // As far as these come, they are taken.
  ['8.4.0-commercial', '1', 'must keep the case of table names'],
  ['9.7.4-2', '1', 'must keep the case of table names'],
])('%s with lower_case_table_names=%s is refused', async (version, lowerCase, message) => {
  const { port } = await serverOf(version, lowerCase)
  await expect(openMysql({ host: '127.0.0.1', port, user: 'app', database: 'app' })).rejects.toMatchObject({
    name: 'DriverError',
    kind: 'cantOpen',
    message: expect.stringContaining(message),
  })
})
