import type { Audit } from '@jumun/client'
import { expect, test } from 'vitest'
import { useShop } from '../test-support/shop.ts'

const shop = useShop()

test('an audit lists every invariant with the number of checked items', async () => {
  await shop.run('points', 'charge', 'mina', '1000')
  const audit = await shop.json<Audit>('audit')
  expect(audit).toMatchObject({ holds: true, at: expect.stringMatching(/^\d{4}-.+Z$/) })
  expect(audit.invariants).toContainEqual({
    name: 'balance-is-ledger-sum',
    rule: "A member's balance is the sum of the member's ledger entries.",
    checked: 1,
    broken: 0,
    ids: [],
  })
  const { stdout, stderr, exitCode } = await shop.run('audit')
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  const [heading, ...rows] = stdout.trimEnd().split('\n')
  expect(heading).toMatch(/^INVARIANT +CHECKED +BROKEN +RULE$/)
  expect(rows).toHaveLength(audit.invariants.length)
  expect(rows).toContainEqual(expect.stringMatching(/^balance-is-ledger-sum +1 +0 +A member's balance is/))
})

test('a broken invariant is listed with its ids, and the command exits with 1', async () => {
  await shop.run('points', 'charge', 'jisu', '1000')
  await shop.sql(`update point_account set balance = balance + 1 where member_id = 'jisu'`)
  const { stdout, stderr, exitCode } = await shop.run('audit')
  expect(exitCode).toBe(1)
  expect(stdout).toMatch(/\nbalance-is-ledger-sum +\d+ +1 /)
  expect(stdout).toMatch(/\n\nbalance-is-ledger-sum: jisu\n$/)
  expect(stderr).toMatch(/^error: 1 of \d+ invariants were broken at \S+Z: balance-is-ledger-sum\.\n$/)

  const asJson = await shop.run('audit', '--json')
  expect(asJson.exitCode).toBe(1)
  expect(JSON.parse(asJson.stdout)).toMatchObject({ holds: false })

  await shop.sql(`insert into product_stock select n, 1, 2 from generate_series(1, 103) n`)
  expect((await shop.run('audit')).stdout).toMatch(/\nstock-adds-up: 100\nstock-adds-up: and 3 more\n/)
})

test('only an admin may run an audit', async () => {
  const token = await shop.token('mina', 'member')
  const { stdout, stderr, exitCode } = await shop.run('audit', '--token', token)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 })
  expect(stderr).toBe('error: This token does not allow that.\n')
})
