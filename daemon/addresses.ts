/** Where a client is, as far as it can be known. */

import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

export interface TrustedProxies {
  has(address: string): boolean
}

/**
 * @param entries addresses and networks: `10.0.0.1`, `10.0.0.0/8`, `::1`
 * @throws RangeError for what is neither
 */
export function readProxies(entries: readonly string[]): TrustedProxies {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits, ...more] = entry.split('/')
    const family = familyOf(address)
    const most = family === 'ipv4' ? 32 : 128
    if (
      !family ||
      more.length > 0 ||
      (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most))
    )
      throw new RangeError(`${JSON.stringify(entry)} is no address or network`)
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return {
    has(address) {
      const family = familyOf(address)
      return family !== undefined && list.check(address, family)
    },
  }
}

/**
 * The address of the client. `X-Forwarded-For` counts only when a trusted proxy says it: read from its end, the first
 * address that is no trusted proxy's is the client's; what stands before it is the client's own word.
 */
export function clientAddress(
  { socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>,
  proxies: TrustedProxies,
): string {
  let address = plain(socket.remoteAddress ?? 'unknown')
  const forwarded = String(headers['x-forwarded-for'] ?? '')
  // A list of any length would be somebody's own.
  const hops = forwarded === '' ? [] : forwarded.slice(-2_000).split(',')
  while (proxies.has(address)) {
    const hop = plain(hops.pop()?.trim() ?? '')
    if (isIP(hop) === 0) break
    address = hop
  }
  return address
}

/**
 * Whether a request comes from one of these networks. One that was passed on by somebody who is no trusted proxy may come from
 * anywhere.
 */
export function isFrom(
  request: Pick<IncomingMessage, 'socket' | 'headers'>,
  networks: TrustedProxies,
  proxies: TrustedProxies,
): boolean {
  const { socket, headers } = request
  const wasPassedOn = headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined
  if (wasPassedOn && !proxies.has(plain(socket.remoteAddress ?? ''))) return false
  return networks.has(clientAddress(request, proxies))
}

/**
 * What counts as one place where strangers are counted: of IPv6 the network that one customer is given, since whoever has one
 * has all of its addresses.
 */
export function placeOf(address: string): string {
  if (familyOf(address) !== 'ipv6') return address
  const [head = '', tail] = (address.split('%')[0] as string).split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':')
    while (groups.length + after.length < 8) groups.push('0')
    groups.push(...after)
  }
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || loopback.has(plain(host))
}

/** An IPv4 address that came through an IPv6 socket is the same address. */
const plain = (address: string): string =>
  /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const family = isIP(address)
  return family === 4 ? 'ipv4' : family === 6 ? 'ipv6' : undefined
}

const loopback = readProxies(['127.0.0.0/8', '::1'])
