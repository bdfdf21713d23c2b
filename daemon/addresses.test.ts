import { describe, expect, it } from 'vitest'
import { clientAddress, isLoopback, readProxies } from './addresses.ts'

const request = (remoteAddress: string | undefined, forwarded?: string | string[]) =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as Parameters<
    typeof clientAddress
  >[0]
const proxies = readProxies(['10.0.0.0/8', '192.168.1.1', 'fd00::/8'])

describe('the address of a client', () => {
  it.each([
    ['of a connection that no proxy made', request('203.0.113.7'), '203.0.113.7'],
    ['that claims to be another', request('203.0.113.7', '198.51.100.1'), '203.0.113.7'],
    ['that claims to be a proxy', request('203.0.113.7', '10.0.0.1'), '203.0.113.7'],
    ['behind a proxy', request('10.0.0.1', '198.51.100.1'), '198.51.100.1'],
    ['behind two', request('10.0.0.1', '198.51.100.1, 192.168.1.1'), '198.51.100.1'],
    [
      'behind a proxy, with a word of its own before',
      request('10.0.0.1', '127.0.0.1, 198.51.100.1'),
      '198.51.100.1',
    ],
    ['behind a proxy that says nothing', request('10.0.0.1'), '10.0.0.1'],
    ['behind a proxy that says nonsense', request('10.0.0.1', 'localhost, "x"'), '10.0.0.1'],
    ['behind a proxy, through IPv6', request('::ffff:10.0.0.1', '2001:db8::1'), '2001:db8::1'],
    ['behind a proxy of a network', request('fd00::5', '::ffff:198.51.100.1'), '198.51.100.1'],
    ['of a connection that is gone', request(undefined, '198.51.100.1'), 'unknown'],
    [
      'with a list without an end',
      request('10.0.0.1', `${'1.1.1.1,'.repeat(100_000)}198.51.100.1`),
      '198.51.100.1',
    ],
  ])('%s', (_name, given, address) => {
    expect(clientAddress(given, proxies)).toBe(address)
  })

  it.each(['10.0.0.0/33', '10.0.0/8', 'proxy.example', '', '::1/129', '1.2.3.4/8/8', '1.2.3.4/-1'])(
    'of a proxy is not %j',
    (entry) => {
      expect(() => readProxies([entry])).toThrow(RangeError)
    },
  )

  it('of this machine is a loopback one', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost', '::ffff:127.0.0.1'])
      expect(isLoopback(host)).toBe(true)
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'localhost.example.com', '128.0.0.1'])
      expect(isLoopback(host), host).toBe(false)
  })
})
