/** What somebody may have meant who wrote a variable of the environment that is none. */

/** Letters that must be put in, left out or exchanged, or neighbours that must change places, to make one word of the other. */
function edits(one: string, other: string): number {
  let [before, last]: [number[], number[]] = [[], Array.from({ length: other.length + 1 }, (_, at) => at)]
  for (let at = 1; at <= one.length; at++) {
    const row = [at]
    for (let to = 1; to <= other.length; to++) {
      const isSame = one[at - 1] === other[to - 1]
      const isSwapped = at > 1 && to > 1 && one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1]
      row[to] = Math.min(
        (last[to] as number) + 1,
        (row[to - 1] as number) + 1,
        (last[to - 1] as number) + (isSame ? 0 : 1),
        isSwapped ? (before[to - 2] as number) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    ;[before, last] = [last, row]
  }
  return last[other.length] as number
}

/** `SERVR` is `SERVER` misspelt; `SERVICE`, of which Kubernetes makes names, is not. */
export const isMisspelt = (word: string, meant: string): boolean => edits(word, meant) <= meant.length / 3

/** `DB` is short for `DATABASE`: its letters, in their order, from the first one on. */
export function isShortFor(word: string, long: string): boolean {
  if (word[0] !== long[0]) return false
  let at = 0
  for (const letter of long) if (letter === word[at]) at++
  return at === word.length
}

/** The one that takes the fewest edits. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  return known.toSorted((one, other) => edits(word, one) - edits(word, other))[0]
}
