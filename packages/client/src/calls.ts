/**
 * How to make a call.
 * @example const options: CallOptions = { signal: AbortSignal.timeout(1_000) }
 */
export interface CallOptions {
  /** Cancels the call, which then rejects with `ABORTED`. */
  signal?: AbortSignal | undefined
}

/**
 * A procedure that reads.
 * @example const read: Query<{ orderId: string }, Order> = jumun.order.byId
 */
export interface Query<Input, Output> {
  /** Calls it. Rejects with `JumunError`. */
  query(input: Input, options?: CallOptions): Promise<Output>
}

/**
 * A procedure that changes something.
 * @example const pay: Mutation<{ orderId: string }, Order> = jumun.payment.pay
 */
export interface Mutation<Input, Output> {
  /** Calls it. Rejects with `JumunError`. */
  mutate(input: Input, options?: CallOptions): Promise<Output>
}
