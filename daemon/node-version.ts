/** The oldest Node with all that the daemon uses: `node:sqlite` without a flag, and argon2 in `node:crypto`. */
const oldest = [24, 7] as const

/** What to tell somebody whose Node is too old; undefined where it will do. */
export function nodeRefusal(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined
  return `dbal-daemon needs Node ${oldest.join('.')} or newer, this is ${version}`
}
