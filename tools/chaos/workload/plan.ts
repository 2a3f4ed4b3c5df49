import { type Random, randomOf } from '../random.ts'
import {
  type Caller,
  cancel,
  charge,
  checkout,
  order,
  orderForLater,
  orderTwice,
  orderWithoutKey,
  read,
  restock,
  usePoints,
} from './operations.ts'

/** How often each operation is drawn. */
const weights = new Map([
  [order, 770],
  [orderForLater, 60],
  [orderTwice, 30],
  [orderWithoutKey, 30],
  [cancel, 25],
  [checkout, 25],
  [charge, 25],
  [usePoints, 15],
  [read, 15],
  [restock, 5],
])

const deck = [...weights].flatMap(([run, weight]) => Array.from({ length: weight }, () => run))

/** An operation with its own random generator and idempotency keys. */
export interface PlannedOperation {
  run: (caller: Caller) => Promise<void>
  random: Random
  /** An idempotency key that is unique in the run. */
  nextKey(): string
}

/** Yields the operations of a caller without end. Their order and draws depend on the seed only, not on earlier outcomes. */
export function* planOperations(seed: number, caller: number): Generator<PlannedOperation> {
  for (let step = 1; ; step++) {
    const random = randomOf(seed, 'caller', caller, step)
    let keys = 0
    const nextKey = () => {
      keys++
      return `${caller}.${step}.${keys}`
    }
    yield { run: random.pick(deck), random, nextKey }
  }
}
