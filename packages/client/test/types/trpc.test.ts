import type { TRPCClient } from '@trpc/client'
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'
import { expectTypeOf, test } from 'vitest'
import type { JumunInputs, JumunOutputs } from '../../src/index.ts'
import { asTRPCClient, type JumunRouter } from '../../src/trpc.ts'

// What users of tRPC's own tools write. It compiles or it does not.

test("the client can be had as one of tRPC's", () => {
  expectTypeOf(asTRPCClient).returns.toEqualTypeOf<TRPCClient<JumunRouter>>()
})

test("tRPC's router takes and answers the same", () => {
  expectTypeOf<inferRouterInputs<JumunRouter>>().toEqualTypeOf<JumunInputs>()
  expectTypeOf<inferRouterOutputs<JumunRouter>>().toEqualTypeOf<JumunOutputs>()
})
