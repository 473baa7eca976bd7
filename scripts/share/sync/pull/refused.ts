/** A session that is not brought in, and why. Not a Failure: the sync goes on with the next one, and lists it. */
export class Refused extends Error {
  /**
   * Whether the reason lies in what was shared alone. Then it is remembered, and the session is read again only when it has
   * changed there.
   */
  readonly isFinal: boolean

  /** @param why after "refused: ", without a full stop */
  constructor(why: string, isFinal = true) {
    super(why)
    this.isFinal = isFinal
  }
}
