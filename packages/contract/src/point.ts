import { z } from 'zod'
import type { ProcedureGroup } from './procedure.ts'
import {
  actor,
  amount,
  amountMoved,
  EXAMPLE_MEMBER_ID,
  EXAMPLE_ORDER_ID,
  givenReason,
  idempotencyKey,
  memberId,
  orderId,
  pageInput,
  pageOf,
  points,
  reason,
  timestamp,
} from './values.ts'

export const pointEntryKind = z.enum(['CHARGE', 'USE', 'PAYMENT', 'REFUND']).meta({
  id: 'PointEntryKind',
  description: 'Why a balance changed: `CHARGE` and `REFUND` add points, `USE` and `PAYMENT` take points away.',
})

export const pointBalance = z
  .object({
    memberId,
    balance: points.meta({
      description: 'Points, in whole KRW; 0 for a member who was never charged',
      example: 90_000,
    }),
  })
  .meta({ id: 'PointBalance', description: "A member's points." })

const pointEntry = z
  .object({
    id: z.int().min(1).meta({ description: 'Entry number; later entries have larger numbers', example: 42 }),
    kind: pointEntryKind,
    amount: amountMoved,
    balanceAfter: points.meta({ description: 'Balance after the change, in whole KRW', example: 80_000 }),
    orderId: orderId.nullable().meta({
      description: 'The order that was paid or refunded; null for charges and uses',
      example: EXAMPLE_ORDER_ID,
    }),
    actor: actor.meta({
      description:
        'Member id of the admin who did it. Null: the member itself, or not kept, as of an order that was paid at once. Only admins see it; null for members',
      example: 'operator',
    }),
    reason: givenReason.nullable().meta({ description: 'Why, in the words of who did it; null if none was given' }),
    createdAt: timestamp,
  })
  .meta({ id: 'PointEntry', description: 'One change of a balance: an entry of the append-only ledger.' })

export const movePointsInput = z
  .strictObject({ memberId, amount, reason: reason.optional(), idempotencyKey: idempotencyKey.optional() })
  .meta({ id: 'MovePointsInput', description: 'Whose points to change, and by how many.' })
const balanceInput = z.strictObject({ memberId }).meta({ id: 'BalanceInput', description: 'Whose balance to read.' })
export const pointHistoryInput = pageInput
  .extend({ memberId })
  .meta({ id: 'PointHistoryInput', description: 'Whose ledger to list, and which page.' })
export const pointHistoryPage = pageOf(pointEntry).meta({ id: 'PointHistoryPage', description: 'A page of a ledger.' })

export const pointProcedures = {
  charge: {
    input: movePointsInput,
    output: pointBalance,
    access: 'self-charge',
    errors: ['POINT_LIMIT_EXCEEDED'],
    method: 'PATCH',
    path: '/point/charge',
    summary: 'Charge points',
    description: 'For admins, and for members themselves where the shop allows it.',
    returns: 'The new balance',
    example: { memberId: EXAMPLE_MEMBER_ID, amount: 10_000 },
  },
  use: {
    input: movePointsInput,
    output: pointBalance,
    access: 'member',
    errors: ['INSUFFICIENT_POINTS'],
    method: 'PATCH',
    path: '/point/use',
    summary: 'Use points',
    description: 'Takes points away without an order. A balance never falls below zero.',
    returns: 'The new balance',
    example: { memberId: EXAMPLE_MEMBER_ID, amount: 3_000 },
  },
  balance: {
    input: balanceInput,
    output: pointBalance,
    access: 'member',
    method: 'GET',
    path: '/point/{memberId}',
    summary: 'Read a balance',
    returns: 'The balance; 0 for a member who was never charged',
    example: { memberId: EXAMPLE_MEMBER_ID },
  },
  history: {
    input: pointHistoryInput,
    output: pointHistoryPage,
    access: 'member',
    method: 'GET',
    path: '/point/{memberId}/history',
    summary: 'List every change of a balance',
    returns: 'Entries, newest first',
    example: { memberId: EXAMPLE_MEMBER_ID },
  },
} as const satisfies ProcedureGroup

export type PointBalance = z.output<typeof pointBalance>
export type PointEntryView = z.output<typeof pointEntry>
export type MovePointsInput = z.output<typeof movePointsInput>
export type PointHistoryInput = z.output<typeof pointHistoryInput>
