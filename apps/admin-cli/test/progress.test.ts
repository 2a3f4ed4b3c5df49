import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startProgress } from '../src/terminal/progress.ts'
import { showWaiting } from '../src/terminal/status-line.ts'

function screen(isTTY: boolean) {
  return Object.assign(new PassThrough(), { isTTY, columns: 80 })
}

/** What stands on the line after each time that it was drawn. */
function frames(drawn: string): string[] {
  return drawn
    .split('\u001b[1G')
    .slice(1)
    .flatMap((frame) => frame.split('\u001b', 1))
}

test('a terminal shows the bar with rate and time left', async () => {
  const stream = screen(true)
  const progress = startProgress(1_000, 'products', stream)
  await sleep(50)
  progress.add(200)
  await sleep(300)
  progress.add(300)
  progress.stop()
  stream.end()
  const drawn = frames(await text(stream))
  expect(drawn.at(0)).toBe('[------------------------] 0% 0/1000 products')
  expect(drawn.at(-1)).toMatch(/^\[={12}-{12}\] 50% 500\/1000 products, \d+\/s, 0:0\d left$/)
})

test('the bar is taken back to a line of its own when it stops, and can stop twice', async () => {
  const stream = screen(true)
  const progress = startProgress(10, 'products', stream)
  progress.stop()
  progress.add(5)
  progress.stop()
  stream.end()
  const drawn = await text(stream)
  expect(drawn.match(/\n/g)).toHaveLength(1)
  expect(drawn.endsWith('\n')).toBe(true)
  // Neither the cursor nor the wrapping of lines is switched off, so that even kill -9 leaves a terminal that works.
  expect(drawn).not.toContain('[?')
})

test('where more comes than was known of, nothing is more than whole', async () => {
  const stream = screen(true)
  const progress = startProgress(10, 'orders', stream)
  progress.add(15)
  progress.stop()
  stream.end()
  expect(frames(await text(stream)).at(-1)).toMatch(/^\[={24}\] 100% 15\/15 orders, \d+\/s, 0:00 left$/)
})

test('a pipe is not drawn on', async () => {
  const stream = screen(false)
  const progress = startProgress(10, 'products', stream)
  progress.add(10)
  progress.stop()
  stream.end()
  expect(await text(stream)).toBe('')
})

test('a wait of unknown end tells since when, and leaves nothing behind', async () => {
  const stream = screen(true)
  const waiting = showWaiting((seconds) => `Looking for ${Math.floor(seconds)} s`, stream)
  await sleep(700)
  waiting[Symbol.dispose]()
  stream.end()
  const drawn = (await text(stream)).split('\r\u001b[K')
  expect(drawn.slice(1, -1)).toContainEqual(expect.stringMatching(/^Looking for \d s$/))
  expect(drawn.at(-1)).toBe('')
})

test('a wait says nothing to a pipe', async () => {
  const stream = screen(false)
  const waiting = showWaiting(() => 'Looking', stream)
  await sleep(300)
  waiting[Symbol.dispose]()
  stream.end()
  expect(await text(stream)).toBe('')
})
