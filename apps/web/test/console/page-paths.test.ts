import { expectTypeOf, test } from 'vitest'
import type { router } from '../../src/console/router.tsx'
import type { CONSOLE_PATHS } from '../../src/shared/page-paths.ts'

test('the server knows every page of the console, and no other', () => {
  // Checked by the compiler.
  expectTypeOf<keyof typeof router.routesByPath>().toEqualTypeOf<(typeof CONSOLE_PATHS)[number]>()
})
