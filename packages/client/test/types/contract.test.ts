import type { Procedures as ApiProcedures, ErrorShape } from '@jumun/api/procedures'
import type * as contract from '@jumun/contract'
import type { inferRouterInputs, inferRouterOutputs, TRPCBuiltRouter } from '@trpc/server'
import { expectTypeOf, test } from 'vitest'
import type * as client from '../../src/index.ts'
import type { JumunRouter } from '../../src/trpc.ts'

// What the client writes down for its users is what the server has. These compile or they do not.

type ApiRouter = TRPCBuiltRouter<
  { ctx: object; meta: object; errorShape: ErrorShape; transformer: false },
  ApiProcedures
>

/** `query` or `mutation`, by group and name. */
type KindsOf<Record> = {
  [Group in keyof Record]: {
    [Name in keyof Record[Group]]: Record[Group][Name] extends { _def: { type: infer Kind } } ? Kind : never
  }
}

/** To zod an object without members is a record of nothing. */
type DetailsOf<Details> = Record<string, never> extends Details ? Record<never, never> : Details

test('every procedure of the server is there, each a query or a mutation as it is', () => {
  expectTypeOf<KindsOf<JumunRouter['_def']['record']>>().toEqualTypeOf<KindsOf<ApiProcedures>>()
})

test('every procedure takes what the server takes', () => {
  expectTypeOf<client.JumunInputs>().toEqualTypeOf<inferRouterInputs<ApiRouter>>()
})

test('every procedure answers what the server answers', () => {
  expectTypeOf<client.JumunOutputs>().toEqualTypeOf<inferRouterOutputs<ApiRouter>>()
})

test('every code that the server refuses with is there, with its details', () => {
  expectTypeOf<client.ProblemCode>().toEqualTypeOf<contract.ProblemCode>()
  expectTypeOf<client.Problems>().toEqualTypeOf<{
    [Code in contract.ProblemCode]: DetailsOf<contract.ProblemDetails<Code>>
  }>()
  expectTypeOf<client.JumunErrorCode>().toEqualTypeOf<contract.ProblemCode | 'UNREACHABLE' | 'ABORTED'>()
})

test('a problem is what the server sends of one', () => {
  type OutOfStock<Problem> = Extract<Problem, { code: 'OUT_OF_STOCK' }>
  expectTypeOf<OutOfStock<client.Problem>>().branded.toEqualTypeOf<OutOfStock<ErrorShape['data']['problem']>>()
})

test('the values are those of the contract', () => {
  expectTypeOf<client.Order>().toEqualTypeOf<contract.OrderView>()
  expectTypeOf<client.OrderItem>().toEqualTypeOf<contract.OrderItem>()
  expectTypeOf<client.OrderStatus>().toEqualTypeOf<contract.OrderStatus>()
  expectTypeOf<client.Product>().toEqualTypeOf<contract.ProductView>()
  expectTypeOf<client.NewProduct>().toEqualTypeOf<contract.NewProduct>()
  expectTypeOf<client.PointBalance>().toEqualTypeOf<contract.PointBalance>()
  expectTypeOf<client.PointEntry>().toEqualTypeOf<contract.PointEntryView>()
  expectTypeOf<client.PointEntryKind>().toEqualTypeOf<contract.PointEntryView['kind']>()
  expectTypeOf<client.Cart>().toEqualTypeOf<contract.CartView>()
  expectTypeOf<client.PopularProduct>().toEqualTypeOf<contract.PopularProduct>()
  expectTypeOf<client.PopularProducts>().toEqualTypeOf<contract.PopularProducts>()
  expectTypeOf<client.Shortage>().toEqualTypeOf<contract.Shortage>()
  expectTypeOf<client.OutboxEvent>().toEqualTypeOf<contract.OutboxEvent>()
  expectTypeOf<client.OrderDifference>().toEqualTypeOf<contract.OrderDifference>()
  expectTypeOf<client.Reconciliation>().toEqualTypeOf<contract.Reconciliation>()
  expectTypeOf<client.Audit>().toEqualTypeOf<contract.Audit>()
  expectTypeOf<client.AuditedInvariant>().toEqualTypeOf<contract.AuditedInvariant>()
})
