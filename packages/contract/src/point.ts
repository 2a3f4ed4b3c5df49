import { z } from 'zod'
import { amount, idempotencyKey, memberId, orderId, pageInput, pageOf, points, timestamp } from './values.ts'

/** Why a balance changed: `CHARGE` and `REFUND` add, `USE` and `PAYMENT` take away. */
export const pointEntryKind = z.enum(['CHARGE', 'USE', 'PAYMENT', 'REFUND'])

/** A member's points. */
export const pointBalance = z.object({ memberId, balance: points }).meta({ id: 'PointBalance' })

/** One entry of the append-only ledger. */
export const pointEntry = z
  .object({
    id: z.int().min(1).meta({ description: 'Entry number, growing with time', example: 42 }),
    kind: pointEntryKind,
    amount: z.int().meta({ description: 'Signed change, in whole KRW', example: -10_000 }),
    balanceAfter: points,
    orderId: orderId.nullable(),
    createdAt: timestamp,
  })
  .meta({ id: 'PointEntry' })

export const movePointsInput = z.strictObject({
  memberId,
  amount,
  idempotencyKey: idempotencyKey.optional(),
})
export const balanceInput = z.strictObject({ memberId })
export const pointHistoryInput = pageInput.extend({ memberId })
export const pointHistoryPage = pageOf(pointEntry)

export type PointBalance = z.output<typeof pointBalance>
export type PointEntryView = z.output<typeof pointEntry>
export type PointEntryKind = z.output<typeof pointEntryKind>
export type MovePointsInput = z.output<typeof movePointsInput>
export type PointHistoryInput = z.output<typeof pointHistoryInput>
