/**
 * Why a value is not taken: a sentence that says what would be right. Readers return it instead of throwing, so that all
 * that is wrong with an input can be collected. It never quotes the value.
 */
export class Refusal {
  readonly message: string
  /** Where inside the value, in the form of a path's continuation: `[2]`, `.steps[0].name`. Empty for the value itself. */
  readonly at: string

  constructor(message: string, at = '') {
    this.message = message
    this.at = at
  }
}
