/** Base64 for URLs, without padding, over ASCII text. The core has neither btoa nor TextEncoder. */

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const values: readonly number[] = Array.from({ length: 128 }, (_, code) =>
  digits.indexOf(String.fromCharCode(code)),
)

export function encodeBase64url(ascii: string): string {
  let encoded = ''
  for (let at = 0; at < ascii.length; at += 3) {
    const left = ascii.length - at
    const bits =
      (ascii.charCodeAt(at) << 16) |
      ((left > 1 ? ascii.charCodeAt(at + 1) : 0) << 8) |
      (left > 2 ? ascii.charCodeAt(at + 2) : 0)
    encoded += digits.charAt(bits >> 18) + digits.charAt((bits >> 12) & 63)
    if (left > 1) encoded += digits.charAt((bits >> 6) & 63)
    if (left > 2) encoded += digits.charAt(bits & 63)
  }
  return encoded
}

/** @returns undefined for what `encodeBase64url` never makes, unused bits and bytes above 127 included */
export function decodeBase64url(encoded: string): string | undefined {
  let text = ''
  let bits = 0
  let count = 0
  for (let at = 0; at < encoded.length; at++) {
    const value = values[encoded.charCodeAt(at)] ?? -1
    if (value < 0) return undefined
    bits = ((bits << 6) | value) & 0xffff
    count += 6
    if (count >= 8) {
      count -= 8
      const code = (bits >> count) & 0xff
      if (code > 127) return undefined
      text += String.fromCharCode(code)
    }
  }
  const unused = bits & ((1 << count) - 1)
  return count < 6 && unused === 0 ? text : undefined
}
