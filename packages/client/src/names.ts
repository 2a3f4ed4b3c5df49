/** Names a member: 1 to 64 characters of `A-Z a-z 0-9 . _ : @ -`. */
export interface MemberInput {
  /** Member id, as the identity provider names the member. */
  memberId: string
}

/** Names an order. */
export interface OrderIdInput {
  /** Order id (UUIDv7). */
  orderId: string
}

/** Names a product. */
export interface ProductIdInput {
  /** Product id, 1 or more. */
  productId: number
}
