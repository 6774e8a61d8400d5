// The clock that functions see, which a test can move ahead: leases run out without waiting.

const RealDate = globalThis.Date

/** The clock of one deployment: real time plus what a test has added. */
export class Clock {
  /** Milliseconds ahead of real time. */
  ahead = 0
  /** The `Date` that functions see. */
  readonly Date: DateConstructor

  constructor() {
    // oxlint-disable-next-line typescript/no-this-alias, unicorn/no-this-assignment
    const clock = this
    this.Date = class extends RealDate {
      constructor(...args: Array<unknown>) {
        if (args.length === 0) super(RealDate.now() + clock.ahead)
        else super(...(args as [number]))
      }
      static override now(): number {
        return RealDate.now() + clock.ahead
      }
    } as DateConstructor
  }
}
