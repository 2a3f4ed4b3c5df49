export interface MemberInput {
  /** Member id, as the identity provider has it: 1 to 64 of `A-Z a-z 0-9 . _ : @ -`. */
  memberId: string
}

export interface OrderIdInput {
  /** Order id (UUIDv7). */
  orderId: string
}

export interface ProductIdInput {
  /** Product id, 1 or more. */
  productId: number
}
