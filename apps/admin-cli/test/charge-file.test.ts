import { startHttpProxy } from '@jumun/test-kit/http-proxy'
import { expect, onTestFinished, test } from 'vitest'
import { useShop } from '../test-support/shop.ts'

const shop = useShop()

async function balance(memberId: string): Promise<number> {
  return (await (await shop.member(memberId)).point.balance.query({ memberId })).balance
}

test('charging the same file again within a day charges no member twice', async () => {
  const members = Array.from({ length: 230 }, (_, index) => `m-${index}`)
  const rows = members.map((memberId) => `${memberId},10`).join('\n')
  const file = await shop.file('many.csv', `memberId,amount\n${rows}\nm-7,10\n`)
  const answer = { charged: 231, amount: 2_310, skipped: 0, refused: 0, uncertain: 0 }
  expect(await shop.json('points', 'charge', '--file', file)).toEqual(answer)
  // Equal rows are separate charges.
  expect([await balance('m-0'), await balance('m-229'), await balance('m-7')]).toEqual([10, 10, 20])
  expect(await shop.json('points', 'charge', '--file', file, '--yes')).toEqual(answer)
  expect([await balance('m-0'), await balance('m-7')]).toEqual([10, 20])
  // The same content under another name, then a changed file.
  const copy = await shop.file('copy.csv', `memberId,amount\n${rows}\nm-7,10\n`)
  await shop.json('points', 'charge', '--file', copy)
  expect(await balance('m-0')).toBe(10)
  await shop.json('points', 'charge', '--file', await shop.file('other.csv', 'memberId,amount\nm-0,10\n'))
  expect(await balance('m-0')).toBe(20)
})

test('a row with a key is charged once across files', async () => {
  const first = await shop.file('keys.jsonl', '{"memberId":"kim","amount":5,"key":"k1"}\n')
  const second = await shop.file(
    'keys.json',
    '[{"memberId":"kim","amount":5,"key":"k1"},{"memberId":"kim","amount":7}]',
  )
  await shop.json('points', 'charge', '--file', first)
  await shop.json('points', 'charge', '--file', second)
  expect(await balance('kim')).toBe(12)
  await shop.json('points', 'charge', '--file', first, '--key-prefix', 'may-')
  expect(await balance('kim')).toBe(17)
})

test('bad rows are reported with their lines: the file is rejected, or with --on-error skip the other rows are charged', async () => {
  const file = await shop.file('bad.csv', 'memberId,amount\nlee,1\nl e,1\nlee,0\n,1\n')
  const stop = await shop.run('points', 'charge', '--file', file)
  const reported = [
    'line 3 has a memberId that is not 1 to 64 of A-Z a-z 0-9 . _ : @ -',
    'line 4 has amount "0", which is not a whole number from 1 to 1000000000',
    'line 5 has no memberId',
  ]
  expect(stop.stderr.split('\n')).toEqual([...reported, `error: ${file}: 3 bad rows. Nothing was done.`, ''])
  expect([stop.exitCode, await balance('lee')]).toEqual([2, 0])
  const dry = await shop.run('points', 'charge', '--file', file, '--on-error', 'skip', '--dry-run')
  expect(dry.stdout).toBe('1 charges of 1 points in total would be made. 3 rows are bad.\n')
  expect([dry.exitCode, await balance('lee')]).toEqual([1, 0])
  const skip = await shop.run('points', 'charge', '--file', file, '--on-error', 'skip')
  expect(skip.stderr.split('\n').slice(0, 3)).toEqual(reported)
  expect(skip.stdout).toBe('Made 1 charges of 1 points in total.\n')
  expect([skip.exitCode, await balance('lee')]).toEqual([1, 1])
})

test('a refused charge is reported with its line, and stops the rest unless --on-error is skip', async () => {
  await shop.json('points', 'charge', 'park', '5', '--key', 'taken')
  const rows = '{"memberId":"park","amount":6,"key":"taken"}\n{"memberId":"park","amount":1,"key":"free"}\n'
  const file = await shop.file('refused.jsonl', rows)
  const skip = await shop.run('points', 'charge', '--file', file, '--on-error', 'skip', '--json')
  expect(skip.stderr).toContain('line 1 is refused: This key was used for another request.')
  expect(JSON.parse(skip.stdout)).toEqual({ charged: 1, amount: 1, skipped: 0, refused: 1, uncertain: 0 })
  expect([skip.exitCode, await balance('park')]).toEqual([1, 6])
  const stop = await shop.run('points', 'charge', '--file', file)
  expect(stop.stderr).toContain('line 1 is refused: ')
  expect(stop.exitCode).toBe(1)
})

test('lost replies charge no member twice', async () => {
  const url = await startHttpProxy({
    target: shop.url,
    fateOf: ({ nth }) => (nth % 2 === 1 ? 'lose' : 'pass'),
    cleanUp: onTestFinished,
  })
  const rows = Array.from({ length: 120 }, (_, index) => `lost-${index},3`).join('\n')
  const file = await shop.file('lost.csv', `memberId,amount\n${rows}\n`)
  expect(await shop.json('points', 'charge', '--file', file, '--url', url)).toMatchObject({ charged: 120, amount: 360 })
  expect([await balance('lost-0'), await balance('lost-119')]).toEqual([3, 3])
})

test('a dry run of a single charge shows the new balance and charges nothing', async () => {
  expect(await shop.json('points', 'charge', 'dry', '5', '--dry-run')).toEqual({
    dryRun: true,
    memberId: 'dry',
    balance: 5,
  })
  expect(await balance('dry')).toBe(0)
})

test.each([
  [['mina', '5', '--file', 'x.csv'], 'Give either a member and an amount, or a file.'],
  [['mina'], "missing required argument 'amount'"],
  [[], "missing required argument 'memberId'"],
])('points charge %j is wrong usage', async (args, message) => {
  const { stderr, exitCode } = await shop.run('points', 'charge', ...args)
  expect({ stderr, exitCode }).toEqual({ stderr: `error: ${message}\n`, exitCode: 2 })
})
