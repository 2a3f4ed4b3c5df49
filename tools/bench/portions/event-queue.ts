import TinyQueue from 'tinyqueue'

interface Event {
  at: number
  sequence: number
  run: () => void
}

/** Simulated time in milliseconds, and what happens in it. Events of the same time run in the order in which they were added. */
export class EventQueue {
  #now = 0
  #added = 0
  readonly #events = new TinyQueue<Event>([], (a, b) => a.at - b.at || a.sequence - b.sequence)

  get now(): number {
    return this.#now
  }

  /** Runs this after so many milliseconds of simulated time. */
  after(delayMs: number, run: () => void): void {
    this.#events.push({ at: this.#now + delayMs, sequence: this.#added++, run })
  }

  /** Runs the next event that is due before `endMs`. False if there is none. */
  next(endMs: number): boolean {
    const next = this.#events.peek()
    if (!next || next.at >= endMs) return false
    this.#events.pop()
    this.#now = next.at
    next.run()
    return true
  }
}
