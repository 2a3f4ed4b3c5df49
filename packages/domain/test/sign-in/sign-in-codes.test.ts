import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { createSignInCode, useSignInCode } from '../../src/sign-in/sign-in-codes.ts'

const shop = useShop()

const MINA = { memberId: 'mina', role: 'member' } as const

test('a code signs in its member once, and a copy of the database does not hold it', async () => {
  const code = await createSignInCode(shop.em, { memberId: 'root', role: 'admin' })
  expect(code).toMatch(/^[\w-]{22}$/)
  const rows = await shop.em.execute('select * from sign_in_code')
  expect(JSON.stringify(rows)).not.toContain(code)
  expect(await useSignInCode(shop.em, code)).toEqual({ memberId: 'root', role: 'admin' })
  expect(await useSignInCode(shop.em, code)).toBeUndefined()
})

test('of many uses of a code at once, one signs in', async () => {
  const code = await createSignInCode(shop.em, MINA)
  const uses = await Promise.all(Array.from({ length: 8 }, () => useSignInCode(shop.em, code)))
  expect(uses.filter((use) => use !== undefined)).toEqual([MINA])
})

test('a code is valid for ten minutes, and the next code that is created deletes it', async () => {
  const [early, late, forgotten] = await Promise.all([1, 2, 3].map(() => createSignInCode(shop.em, MINA)))
  const age = (by: string) => shop.em.execute('update sign_in_code set expires_at = expires_at - ?::interval', [by])
  await age('9 minutes 30 seconds')
  expect(await useSignInCode(shop.em, early ?? '')).toEqual(MINA)
  await age('30 seconds')
  expect(await useSignInCode(shop.em, late ?? '')).toBeUndefined()
  expect(await useSignInCode(shop.em, forgotten ?? '')).toBeUndefined()
  await createSignInCode(shop.em, MINA)
  await age('10 minutes')
  await createSignInCode(shop.em, MINA)
  expect(await shop.em.execute('select 1 from sign_in_code')).toHaveLength(1)
})
