/** `@metabuilder/dbal/vite`: for Vite 6 and 7, whose dependency optimizer moves the package away from its worker and wasm. */

/** As much of Vite's plugin as is used, so that the package needs no Vite to be type-checked. */
export interface DBALPlugin {
  readonly name: string
  config(): { optimizeDeps: { exclude: string[] } }
}

/**
 * Leaves the package as it is in development, where its worker is then found at once. Vite 8 does not need it.
 *
 * ```ts
 * // vite.config.ts
 * import { dbal } from '@metabuilder/dbal/vite'
 *
 * export default { plugins: [dbal()] }
 * ```
 */
export function dbal(): DBALPlugin {
  return {
    name: '@metabuilder/dbal',
    config: () => ({ optimizeDeps: { exclude: ['@metabuilder/dbal'] } }),
  }
}
