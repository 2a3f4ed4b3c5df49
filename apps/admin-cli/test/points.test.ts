import { startHttpProxy } from '@jumun/test-kit/http-proxy'
import { expect, onTestFinished, test } from 'vitest'
import { useShop } from '../test-support/shop.ts'

const shop = useShop()

test('points are charged, and the new balance is printed', async () => {
  expect(await shop.run('points', 'charge', 'mina', '10000')).toEqual({
    stdout: 'MEMBER  BALANCE\nmina      10000\n',
    stderr: '',
    exitCode: 0,
  })
  expect(await shop.json('points', 'balance', 'mina')).toEqual({ memberId: 'mina', balance: 10_000 })
})

test('points are charged once with the same key', async () => {
  const charge = ['points', 'charge', 'jun', '500', '--key', 'refund 42']
  expect(await shop.json(...charge)).toEqual({ memberId: 'jun', balance: 500 })
  expect(await shop.json(...charge)).toEqual({ memberId: 'jun', balance: 500 })
  expect(await shop.run('points', 'charge', 'jun', '501', '--key', 'refund 42')).toEqual({
    stdout: '',
    stderr: 'error: This key was used for another request.\n',
    exitCode: 1,
  })
})

test('the history is listed, newest first', async () => {
  for (const amount of ['1', '20', '300'])
    await shop.run('points', 'charge', 'sora', amount, '--reason', 'late delivery')
  const { stdout, stderr } = await shop.run('points', 'history', 'sora', '--limit', '2')
  expect(stdout.replace(/^ *\d+ {2}[\dT:.Z-]{24}/gm, '…')).toBe(
    [
      'ID  TIME                      KIND    AMOUNT  BALANCE  ORDER  ACTOR      REASON',
      '…  CHARGE     300      321  -      jumun-cli  late delivery',
      '…  CHARGE      20       21  -      jumun-cli  late delivery',
      '',
    ].join('\n'),
  )
  expect(stderr).toBe('The first 2; there are more: --limit <number> or --all.\n')
  expect(await shop.json('points', 'history', 'sora', '--all')).toMatchObject([
    { amount: 300 },
    { amount: 20 },
    { amount: 1 },
  ])
})

test('an amount above the limit is wrong usage', async () => {
  const admin = await shop.token('operator', 'admin')
  const { stderr, exitCode } = await shop.run('points', 'charge', 'mina', '1000000001', '--token', admin)
  expect(stderr).toBe('error: The input is not valid. (amount: Too big: expected number to be <=1000000000)\n')
  expect(exitCode).toBe(2)
})

test('if every reply is lost, the error names the key with which to repeat the charge', async () => {
  const url = await startHttpProxy({ target: shop.url, fateOf: () => 'lose', cleanUp: onTestFinished })
  const { stderr, exitCode } = await shop.run('points', 'charge', 'yuna', '700', '--url', url)
  expect(exitCode).toBe(3)
  const [, key = ''] = /^error: .+ \(.*--key ([0-9a-f]{32}) .*\)\n$/.exec(stderr) ?? []
  expect(await shop.json('points', 'charge', 'yuna', '700', '--key', key)).toEqual({ memberId: 'yuna', balance: 700 })
  expect(await shop.json('points', 'history', 'yuna')).toHaveLength(1)
})

test('members cannot charge their own points', async () => {
  const { stderr, exitCode } = await shop.run(
    'points',
    'charge',
    'mina',
    '1',
    '--token',
    await shop.token('mina', 'member'),
  )
  expect({ stderr, exitCode }).toEqual({ stderr: 'error: This token does not allow that.\n', exitCode: 1 })
})
