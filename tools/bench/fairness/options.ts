/** Products of an attacker's order, which the victim orders too. */
export const ITEMS = 100

/** The argument of an attacker's process. */
export interface AttackOptions {
  /** The case. */
  name: string
  url: string
  memberId: string
  token: string
  /** The stock of each of the first products. */
  stock: number
}
