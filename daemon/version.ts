import { readFileSync } from 'node:fs'

/** Of the package: its file is one folder above both this one and the built one. */
export const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}
