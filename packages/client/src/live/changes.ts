import type { CallOptions } from '../calls.ts'
import type { JumunError } from '../errors.ts'
import type { FollowedChange } from '../types.gen.ts'

/**
 * What to follow, and from where.
 * @example const options: ChangesOptions = { topics: ['product:1', 'member:mina'] }
 */
export interface ChangesOptions extends CallOptions {
  /** The cursor of the last change that you have. Without one, the loop gets what happens after its connection is made. */
  after?: string | undefined
  /**
   * `products` (stock, and what is for sale), `product:<id>`, `member:<id>` (orders and points of a member), `orders` and `delivery`, 1 to
   * 100 of them. Without topics, all that the caller may follow: products for anyone, also what is their own for members, and everything
   * for admins.
   */
  topics?: string[] | undefined
  /** Called whenever the connection is made, is lost or fails, such as to show it to the user. */
  onState?: ((state: ChangesState) => void) | undefined
}

/**
 * Whether changes arrive now.
 * @example const isLive = ({ state }: ChangesState) => state === 'connected'
 */
export type ChangesState =
  | {
      /** Changes arrive. */
      state: 'connected'
      /** How: by a stream; or by polling, where streams do not get through. */
      by: 'stream' | 'poll'
    }
  | {
      /** The connection is lost, or could not be made. */
      state: 'waiting'
      /** Why. */
      error: JumunError
      /** When the next attempt follows, in milliseconds from now. */
      delayMs: number
    }

/**
 * The feed is another one, such as after the database was restored from a backup: read again what you show. The loop goes on with what
 * happens from now on.
 * @example const isReset = (change: FollowedChange | ChangesReset) => change.type === 'reset'
 */
export interface ChangesReset {
  /** That it is no change. */
  type: 'reset'
  /** Where the feed goes on: send it as `after`. */
  cursor: string
}

/**
 * Changes as they happen, an async iterator.
 * @example const ended = ({ cursor }: Changes) => console.log('Go on after', cursor)
 */
export interface Changes extends AsyncGenerator<FollowedChange | ChangesReset, void, undefined> {
  /**
   * Where to go on: after the last change that the loop got, and after those that are of other topics. Undefined until a connection is
   * made, unless `after` was given.
   */
  readonly cursor: string | undefined
}

/**
 * The feed of changes.
 * @example const { cursor } = jumun.changes()
 */
export interface JumunChanges {
  /**
   * Follows the shop: every committed change, in one order that is the same for every reader. None is missing, also across lost
   * connections and restarts of the server; after a lost connection the last ones may come again, with the same `id`.
   *
   * It connects when the loop begins, and again whenever the connection is lost, after the last change that the loop got. Where proxies
   * cut or buffer streams, it polls. It ends when the loop is left or `signal` is aborted, and throws `JumunError` for what waiting does
   * not mend: `UNAUTHENTICATED` if the token cannot be renewed, `FORBIDDEN`, `BAD_REQUEST`, and `CURSOR_EXPIRED` if `after` is older than
   * seven days.
   * @example
   * for await (const change of jumun.changes({ topics: ['products'] })) {
   *   if (change.type === 'stock.changed') console.log(change.data.productId, change.data.quantity)
   * }
   */
  changes(options?: ChangesOptions): Changes
}
