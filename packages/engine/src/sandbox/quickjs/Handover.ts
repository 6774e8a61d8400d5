// From the check of a program to its run: a guest that has compiled the program, and run nothing, may as well run it. One of
// these belongs to one run: no guest goes from one to another.
import type { QuickJsGuest } from "./QuickJsGuest.ts"

/** Memory of a guest, in MiB, unless told otherwise: a Convex action has 64. */
export const usualMb = 32

export class Handover {
  #guest: QuickJsGuest | undefined

  /** Leaves a guest with `usualMb` for whoever comes next. */
  leave(guest: QuickJsGuest): void {
    this.#guest?.release()
    this.#guest = guest
  }

  /** The guest that was left, if it has that much memory. */
  take(memoryMb: number): QuickJsGuest | undefined {
    if (memoryMb !== usualMb) return undefined
    const guest = this.#guest
    this.#guest = undefined
    return guest
  }
}
