/** Reads plain data of unknown shape; notes what is wrong, and where, and goes on. */

import type { Issue } from '../protocol/error.ts'
import type { JsonValue } from './schema.ts'

/** What a key may hold. A list is a choice of strings; a function reads the value itself. */
export type Spec =
  | 'boolean'
  | 'number'
  | 'string'
  | 'strings'
  | 'json'
  | readonly string[]
  | Shape
  | ((value: unknown, path: string) => unknown)

export interface Shape {
  readonly [key: string]: Spec
}

export type Given<S> = S extends 'boolean'
  ? boolean
  : S extends 'number'
    ? number
    : S extends 'string'
      ? string
      : S extends 'strings'
        ? readonly string[]
        : S extends 'json'
          ? JsonValue
          : S extends readonly (infer Choice)[]
            ? Choice
            : S extends (...parameters: never[]) => infer Result
              ? Result
              : { readonly [Key in keyof S]?: Given<S[Key]> }

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export class Reader {
  readonly issues: Issue[] = []

  note(path: string, message: string): undefined {
    this.issues.push({ path, message })
  }

  record(value: unknown, path: string, keys?: readonly string[]): Record<string, unknown> {
    if (!isObject(value)) return this.note(path, 'must be an object') ?? {}
    for (const key of Object.keys(value)) {
      if (keys && !keys.includes(key)) this.note(`${path}.${key}`, `is unknown; there are ${keys.join(', ')}`)
    }
    return value
  }

  list<T = unknown>(
    value: unknown,
    path: string,
    item: (value: unknown, path: string) => T = (each) => each as T,
  ): readonly T[] {
    if (Array.isArray(value)) return value.map((each, at) => item(each, `${path}[${at}]`))
    if (value !== undefined) this.note(path, 'must be a list')
    return []
  }

  string(value: unknown, path: string): string | undefined {
    if (value === undefined || (typeof value === 'string' && value !== '')) return value
    return this.note(path, 'must be a string that is not empty')
  }

  flag(value: unknown, path: string): boolean | undefined {
    if (value === undefined || typeof value === 'boolean') return value
    return this.note(path, 'must be true or false')
  }

  oneOf<T extends string>(value: unknown, path: string, allowed: readonly T[]): T | undefined {
    if (value === undefined || allowed.includes(value as T)) return value as undefined
    return this.note(path, `must be one of ${allowed.join(', ')}`)
  }

  /** What is sound of an object: keys in the table's order, those that are absent or wrong left out. */
  shape<const S extends Shape>(value: unknown, shape: S, path: string): Given<S> {
    const object = this.record(value, path, Object.keys(shape))
    const out: Record<string, unknown> = {}
    for (const [key, spec] of Object.entries(shape)) {
      const item = object[key] === undefined ? undefined : this.#value(object[key], spec, `${path}.${key}`)
      if (item !== undefined) out[key] = item
    }
    return out as Given<S>
  }

  #value(value: unknown, spec: Spec, path: string): unknown {
    switch (spec) {
      case 'boolean':
        return this.flag(value, path)
      case 'number':
        return Number.isFinite(value) ? value : this.note(path, 'must be a number')
      case 'string':
        return this.string(value, path)
      case 'strings':
        return this.#strings(value, path)
      case 'json':
        return this.#json(value, path)
    }
    if (typeof spec === 'function') return spec(value, path)
    return Array.isArray(spec) ? this.oneOf(value, path, spec) : this.shape(value, spec as Shape, path)
  }

  #strings(value: unknown, path: string): readonly string[] {
    const seen = new Set<unknown>()
    return this.list(value, path, (item, place) => {
      if (seen.has(item)) this.note(place, 'stands here twice')
      seen.add(item)
      return this.string(item ?? '', place) ?? ''
    })
  }

  /** A copy, free of shared parts. */
  #json(value: unknown, path: string, depth = 0): JsonValue {
    if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) {
      return value as JsonValue
    }
    if (depth < 32 && Array.isArray(value))
      return value.map((item, at) => this.#json(item, `${path}[${at}]`, depth + 1))
    if (
      depth < 32 &&
      {}.toString.call(value) === '[object Object]' &&
      !Object.hasOwn(value as object, '__proto__')
    ) {
      return Object.fromEntries(
        Object.entries(value as object).map(([key, item]) => [
          key,
          this.#json(item, `${path}.${key}`, depth + 1),
        ]),
      )
    }
    return this.note(path, 'must be a value that JSON can hold') ?? null
  }
}
