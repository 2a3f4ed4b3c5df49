import type { Procedures as ApiProcedures, ErrorShape } from '@jumun/api/procedures'
import type * as contract from '@jumun/contract'
import type { inferRouterInputs, inferRouterOutputs, TRPCBuiltRouter } from '@trpc/server'
import { expectTypeOf, test } from 'vitest'
import type * as client from '../../src/index.ts'
import type { JumunRouter } from '../../src/trpc.ts'

// The generated types of the client equal those of the server. A failure is a compile error.

/** Without subscriptions: `jumun.changes` follows the feed over server-sent events. */
type Called<Record> = {
  [Group in keyof Record]: {
    [Name in keyof Record[Group] as Record[Group][Name] extends { _def: { type: 'subscription' } }
      ? never
      : Name]: Record[Group][Name]
  }
}

type ApiRouter = TRPCBuiltRouter<
  { ctx: object; meta: object; errorShape: ErrorShape; transformer: false },
  Called<ApiProcedures>
>

/** `query` or `mutation`, by group and name. */
type KindsOf<Record> = {
  [Group in keyof Record]: {
    [Name in keyof Record[Group]]: Record[Group][Name] extends { _def: { type: infer Kind } } ? Kind : never
  }
}

/** zod infers `Record<string, never>` for an object without members. */
type DetailsOf<Details> = Record<string, never> extends Details ? Record<never, never> : Details

test('the client has every procedure of the server, with the same kind', () => {
  expectTypeOf<KindsOf<JumunRouter['_def']['record']>>().toEqualTypeOf<KindsOf<Called<ApiProcedures>>>()
})

test('every procedure has the input of the server', () => {
  expectTypeOf<client.JumunInputs>().toEqualTypeOf<inferRouterInputs<ApiRouter>>()
})

test('every procedure has the output of the server', () => {
  expectTypeOf<client.JumunOutputs>().toEqualTypeOf<inferRouterOutputs<ApiRouter>>()
})

test('the client has every problem code of the server, with its details', () => {
  expectTypeOf<client.ProblemCode>().toEqualTypeOf<contract.ProblemCode>()
  expectTypeOf<client.Problems>().toEqualTypeOf<{
    [Code in contract.ProblemCode]: DetailsOf<contract.ProblemDetails<Code>>
  }>()
  expectTypeOf<client.JumunErrorCode>().toEqualTypeOf<contract.ProblemCode | 'UNREACHABLE' | 'ABORTED'>()
})

test('a problem has the type that the server sends', () => {
  type OutOfStock<Problem> = Extract<Problem, { code: 'OUT_OF_STOCK' }>
  expectTypeOf<OutOfStock<client.Problem>>().branded.toEqualTypeOf<OutOfStock<ErrorShape['data']['problem']>>()
})

test('the named types equal those of the contract', () => {
  expectTypeOf<client.Order>().toEqualTypeOf<contract.OrderView>()
  expectTypeOf<client.OrderItem>().toEqualTypeOf<contract.OrderItem>()
  expectTypeOf<client.OrderStatus>().toEqualTypeOf<contract.OrderStatus>()
  expectTypeOf<client.Product>().toEqualTypeOf<contract.ProductView>()
  expectTypeOf<client.NewProduct>().toEqualTypeOf<contract.NewProduct>()
  expectTypeOf<client.PointBalance>().toEqualTypeOf<contract.PointBalance>()
  expectTypeOf<client.PointEntry>().toEqualTypeOf<contract.PointEntryView>()
  expectTypeOf<client.PointEntryKind>().toEqualTypeOf<contract.PointEntryView['kind']>()
  expectTypeOf<client.StockAdjustment>().toEqualTypeOf<contract.StockAdjustmentView>()
  expectTypeOf<client.Cart>().toEqualTypeOf<contract.CartView>()
  expectTypeOf<client.PopularProduct>().toEqualTypeOf<contract.PopularProduct>()
  expectTypeOf<client.PopularProducts>().toEqualTypeOf<contract.PopularProducts>()
  expectTypeOf<client.Shortage>().toEqualTypeOf<contract.Shortage>()
  expectTypeOf<client.OutboxEvent>().toEqualTypeOf<contract.OutboxEvent>()
  expectTypeOf<client.OrderDifference>().toEqualTypeOf<contract.OrderDifference>()
  expectTypeOf<client.Reconciliation>().toEqualTypeOf<contract.Reconciliation>()
  expectTypeOf<client.Change>().toEqualTypeOf<contract.Change>()
  expectTypeOf<client.ChangePage['items'][number]['type']>().toEqualTypeOf<contract.FollowedChange['type']>()
  expectTypeOf<client.Audit>().toEqualTypeOf<contract.Audit>()
  expectTypeOf<client.AuditedInvariant>().toEqualTypeOf<contract.AuditedInvariant>()
})
