import { IDEMPOTENCY_KEY_PATTERN, MAX_AMOUNT } from '@jumun/contract/limits'
import { readFields, wrongNumber } from '../../input-files/check-fields.ts'
import { isMemberId } from '../../options/value-parsers.ts'

export const CHARGE_COLUMNS = { required: ['memberId', 'amount'], optional: ['key'] }

/** A charge with an idempotency key, so that a repeated call charges once. */
export interface Charge {
  memberId: string
  amount: number
  idempotencyKey: string
}

/**
 * Makes a charge of a row, or returns what is wrong with the row. A row without a key gets one of the file's hash and the
 * line: equal rows are separate charges, and the same file charges once, however often it is run.
 *
 * @param rowKey identifies the row by its file and line
 * @param keyPrefix is put before every key
 */
export function chargeRow(row: unknown, rowKey: string, keyPrefix: string): Charge | string {
  const fields = readFields(row, CHARGE_COLUMNS)
  if (typeof fields === 'string') return fields
  const { memberId, amount, key: own } = fields
  if (memberId === undefined || memberId === '') return 'has no memberId'
  if (typeof memberId !== 'string' || !isMemberId(memberId))
    return 'has a memberId that is not 1 to 64 of A-Z a-z 0-9 . _ : @ -'
  const wrong = wrongNumber('amount', amount, 1, MAX_AMOUNT)
  if (wrong !== undefined) return wrong
  if (own !== undefined && typeof own !== 'string') return 'has a key that is not text'
  const idempotencyKey = keyPrefix + (own || rowKey)
  if (!IDEMPOTENCY_KEY_PATTERN.test(idempotencyKey)) return 'has a key that is not 1 to 255 printable ASCII characters'
  return { memberId, amount: Number(amount), idempotencyKey }
}
