/** The module's memory: text and bytes into it and out of it. */

import { DriverError } from '../driver.ts'
import type { Pointer, SqliteModule } from './module.ts'

const encoder = new TextEncoder()
// `ignoreBOM`: text that begins with U+FEFF keeps it.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

const bufferBytes = 65_536
/** Up to these lengths a loop over the characters beats the encoder's and the decoder's cost of a call, measured in Chromium. */
const shortEncode = 128
const shortDecode = 64

export class Heap {
  /** A view that goes out of date when the memory grows: call `refresh` after a call into the module. */
  bytes: Uint8Array
  readonly #module: SqliteModule
  /** Parameters and SQL go here; it is reused by every statement. */
  #buffer: Pointer = 0
  #capacity = 0
  #used = 0

  constructor(module: SqliteModule) {
    this.#module = module
    this.bytes = new Uint8Array(module.wasm.memory.buffer)
    this.#allocate(bufferBytes)
  }

  /** Growing detaches the old buffer, and a view of that has length 0. */
  refresh(): Uint8Array {
    if (this.bytes.length === 0) this.bytes = new Uint8Array(this.#module.wasm.memory.buffer)
    return this.bytes
  }

  /** Empties the buffer and makes room in it. What was written before may be gone. */
  reserve(bytes: number): void {
    this.#used = 0
    if (bytes > this.#capacity || (this.#capacity > bufferBytes && bytes <= bufferBytes)) {
      this.#allocate(Math.max(bytes, bufferBytes))
    }
  }

  /** Where the next text or bytes will stand. */
  get position(): Pointer {
    return this.#buffer + this.#used
  }

  /** Writes at `position` and moves it; room for three bytes a UTF-16 unit must be reserved. @returns the bytes written */
  writeText(text: string): number {
    const start = this.#buffer + this.#used
    const bytes = this.refresh()
    const length = text.length
    let at = 0
    if (length <= shortEncode) {
      for (; at < length; at++) {
        const unit = text.charCodeAt(at)
        if (unit > 127) break
        bytes[start + at] = unit
      }
    }
    const written =
      at === length ? length : encoder.encodeInto(text, bytes.subarray(start, start + length * 3)).written
    this.#used += written
    return written
  }

  writeBytes(source: Uint8Array): void {
    this.refresh().set(source, this.#buffer + this.#used)
    this.#used += source.byteLength
  }

  readText(start: Pointer, length: number): string {
    const bytes = this.refresh()
    if (length > shortDecode) return decoder.decode(bytes.subarray(start, start + length))
    return readShortText(bytes, start, length)
  }

  readBytes(start: Pointer, length: number): Uint8Array {
    return this.refresh().slice(start, start + length)
  }

  readCString(start: Pointer): string {
    const bytes = this.refresh()
    return decoder.decode(bytes.subarray(start, bytes.indexOf(0, start)))
  }

  readPointer(at: Pointer): Pointer {
    return new DataView(this.refresh().buffer).getUint32(at, true)
  }

  dispose(): void {
    this.#module.wasm.exports.sqlite3_free(this.#buffer)
    this.#buffer = 0
    this.#capacity = 0
  }

  #allocate(bytes: number): void {
    const { exports } = this.#module.wasm
    exports.sqlite3_free(this.#buffer)
    this.#capacity = 0
    this.#buffer = exports.sqlite3_malloc(bytes)
    if (this.#buffer === 0) throw new DriverError('tooBig', 7, `No memory for parameters of ${bytes} bytes`)
    this.#capacity = bytes
    this.refresh()
  }
}

function readShortText(bytes: Uint8Array, start: Pointer, length: number): string {
  const end = start + length
  let text = ''
  let at = start
  for (; at + 8 <= end; at += 8) {
    const a = bytes[at] as number
    const b = bytes[at + 1] as number
    const c = bytes[at + 2] as number
    const d = bytes[at + 3] as number
    const e = bytes[at + 4] as number
    const f = bytes[at + 5] as number
    const g = bytes[at + 6] as number
    const h = bytes[at + 7] as number
    if ((a | b | c | d | e | f | g | h) > 127) return decoder.decode(bytes.subarray(start, end))
    text += String.fromCharCode(a, b, c, d, e, f, g, h)
  }
  for (; at < end; at++) {
    const a = bytes[at] as number
    if (a > 127) return decoder.decode(bytes.subarray(start, end))
    text += String.fromCharCode(a)
  }
  return text
}
