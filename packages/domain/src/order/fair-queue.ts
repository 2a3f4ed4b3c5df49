/** An order or call of a member that waits. */
export interface Waiting {
  memberId: string
  /** Order lines, the measure of its cost. */
  lines: number
  /** Until when it may wait, by `performance.now()`. */
  until: number
  reject: (error: unknown) => void
}

/** The most to take at once: `count` orders or calls, with `lines` order lines together, and `memberLines` of each member. */
export interface Bounds {
  count: number
  lines: number
  memberLines: number
}

interface Member<One> {
  /** In order of arrival. */
  waiting: One[]
  /** Whether an order or call of the member is in flight. Nothing more of the member is taken until `release`. */
  busy: boolean
}

/** A queue in which members take turns, so that one with many or large calls delays only itself. */
export class FairQueue<One extends Waiting> {
  /** Members of whom something waits or is in flight, in order of their turns. */
  readonly #members = new Map<string, Member<One>>()
  #size = 0

  /** How many wait. */
  get size(): number {
    return this.#size
  }

  /** How many wait of one member. */
  sizeOf(memberId: string): number {
    return this.#members.get(memberId)?.waiting.length ?? 0
  }

  add(one: One): void {
    const member = this.#members.get(one.memberId)
    if (member) member.waiting.push(one)
    else this.#members.set(one.memberId, { waiting: [one], busy: false })
    this.#size++
  }

  /**
   * Takes the first of each member, then the second of each, and so on. Members of whom something was taken are busy until
   * `release`, and take their next turn after all others.
   *
   * @param isWanted whether to take one. One that is not wanted stays, and so do all that its member added after it
   */
  take(isWanted: (one: One) => boolean, bounds: Bounds): One[] {
    const taken: One[] = []
    let lines = 0
    let round = [...this.#members.values()].filter(({ busy }) => !busy).map((member) => ({ member, lines: 0 }))
    while (round.length > 0) {
      round = round.filter((turn) => {
        const [next] = turn.member.waiting
        if (!next || taken.length === bounds.count || !isWanted(next)) return false
        if (lines + next.lines > bounds.lines || turn.lines + next.lines > bounds.memberLines) return false
        lines += next.lines
        turn.lines += next.lines
        turn.member.waiting.shift()
        taken.push(next)
        return true
      })
    }
    this.#size -= taken.length
    for (const { memberId } of taken) this.#endTurn(memberId)
    return taken
  }

  /** Lets a member take turns again. */
  release(memberId: string): void {
    const member = this.#members.get(memberId)
    if (!member) return
    member.busy = false
    if (member.waiting.length === 0) this.#members.delete(memberId)
  }

  #endTurn(memberId: string): void {
    const member = this.#members.get(memberId)
    if (!member) return
    member.busy = true
    this.#members.delete(memberId)
    this.#members.set(memberId, member)
  }
}
