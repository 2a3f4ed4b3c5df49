import { memberPage } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { beforeAll, expect, test } from 'vitest'
import { listMembers } from '../../src/point/list-members.ts'
import { cursorOf } from '../../test-support/cursors.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()

/** In the order of ASCII, which is not that of a language: there, signs do not count and cases are neighbours. */
const members = ['M', 'Mina', 'm', 'm-a', 'm.a', 'mZ', 'm_a', 'ma', 'mina', 'mina2', 'n']

beforeAll(async () => {
  for (const [index, memberId] of members.toReversed().entries())
    await shop.em.execute('insert into point_account (member_id, balance) values (?, ?)', [memberId, index])
})

async function readAll(prefix: string | undefined, limit: number): Promise<string[]> {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const page = memberPage.parse(await listMembers(shop.em, { prefix, limit, cursor }))
    found.push(...page.items.map(({ memberId }) => memberId))
    cursor = page.nextCursor ?? undefined
  } while (cursor)
  return found
}

test.each([undefined, 'm', 'M', 'mina', 'm-', 'mz', 'z', 'n'])(
  'members whose ids begin with %j are listed by id, without gap or overlap',
  async (prefix) => {
    const expected = members.filter((memberId) => memberId.startsWith(prefix ?? ''))
    for (const limit of [1, 3, 100]) expect(await readAll(prefix, limit)).toEqual(expected)
  },
)

test('a member has its balance', async () => {
  expect(await listMembers(shop.em, { prefix: 'mina2', limit: 1 })).toEqual({
    items: [{ memberId: 'mina2', balance: 1 }],
    nextCursor: null,
  })
})

test.each([cursorOf('1'), cursorOf('"a b"'), cursorOf('null')])('the broken cursor %j is refused', async (cursor) => {
  expect(await refusalOf(listMembers(shop.em, { limit: 1, cursor }))).toMatchObject({ code: 'BAD_REQUEST' })
})
