/** What a wire does with what passes through it. */
export type ProxyMode =
  | { kind: 'open' }
  /** Every connection is cut, and new ones end at once. */
  | { kind: 'cut' }
  /** Everything takes so many milliseconds longer, each way. */
  | { kind: 'slow'; ms: number }
  /** Half open: nothing gets through, and nobody is told. The connections that lost something stay so for ever. */
  | { kind: 'silent' }
  /** A share of the connections over which COMMIT is sent break before its answer is back. */
  | { kind: 'cut-after-commit'; share: number }
  /** The next request stops here: it has not reached its receiver. */
  | { kind: 'hold-request' }
  /** The next answer stops here: its receiver has not seen it. */
  | { kind: 'hold-answer' }

/** What the process of the wires is told. */
export type WireOrder = { order: number; wire: string; mode?: ProxyMode; port?: number }

/** What it says: where its wires begin, that an order was carried out, and what happened on a wire. */
export type WireNews =
  | { ports: Record<string, number> }
  | { done: number }
  | { wire: string; happened: 'held' | 'commit-cut' }
