/**
 * The limits that callers check before they send anything. Plain values, also as `@jumun/contract/limits`, so that the pages and the CLI
 * have them without zod.
 */

/** The largest amount of one charge or use, and the largest price, in KRW. */
export const MAX_AMOUNT = 1_000_000_000

/** The largest quantity of one product in an order or a cart. */
export const MAX_QUANTITY = 1_000

/** The largest stock that an admin may set. */
export const MAX_STOCK = 1_000_000_000

/** The largest product id. */
export const MAX_PRODUCT_ID = 2_147_483_647

/** The most characters of a product's name, of its key, and of a search for names. */
export const NAME_MAX_LENGTH = 200
export const KEY_MAX_LENGTH = 64
export const SEARCH_MAX_LENGTH = 100

/** The most products that one call creates, and the most keys that one call looks up. */
export const CREATE_MAX_ITEMS = 1_000
export const KEYS_MAX_ITEMS = 100

/** The most characters of why a person changes something. */
export const REASON_MAX_LENGTH = 200

/** The most characters of why an event was not accepted: longer reasons are cut when they are stored. */
export const FAILURE_REASON_MAX_LENGTH = 200

/** What a member id consists of: ASCII, so that its first characters are compared byte by byte. */
export const MEMBER_ID_PATTERN = /^[A-Za-z0-9._:@-]{1,64}$/
export const MEMBER_ID_MAX_LENGTH = 64

export const IDEMPOTENCY_KEY_PATTERN = /^[\x20-\x7e]{1,255}$/

/** The most items on a page of a list. */
export const PAGE_MAX_LIMIT = 100

/** The days that popular products are read of, by default and at most. */
export const POPULAR_DEFAULT_DAYS = 3
export const POPULAR_MAX_DAYS = 30

/** The most samples of a pulse: fifteen minutes, one a second. */
export const PULSE_MAX_SAMPLES = 900
