import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startProgress } from '../src/terminal/progress.ts'
import { showStatusLine } from '../src/terminal/status-line.ts'

function screen(isTTY: boolean) {
  return Object.assign(new PassThrough(), { isTTY, columns: 80 })
}

/** The text of the line after each redraw. */
function frames(drawn: string): string[] {
  return drawn
    .split('\u001b[1G')
    .slice(1)
    .flatMap((frame) => frame.split('\u001b', 1))
}

test('on a terminal the bar shows the rate and the time left', async () => {
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

test('stopping the bar moves the cursor to the next line, and stopping twice is harmless', async () => {
  const stream = screen(true)
  const progress = startProgress(10, 'products', stream)
  progress.stop()
  progress.add(5)
  progress.stop()
  stream.end()
  const drawn = await text(stream)
  expect(drawn.match(/\n/g)).toHaveLength(1)
  expect(drawn.endsWith('\n')).toBe(true)
  // The bar neither hides the cursor nor turns off line wrapping, so even kill -9 leaves a usable terminal.
  expect(drawn).not.toContain('[?')
})

test('a count beyond the total never shows more than 100%', async () => {
  const stream = screen(true)
  const progress = startProgress(10, 'orders', stream)
  progress.add(15)
  progress.stop()
  stream.end()
  expect(frames(await text(stream)).at(-1)).toMatch(/^\[={24}\] 100% 15\/15 orders, \d+\/s, 0:00 left$/)
})

test('the bar draws nothing on a pipe', async () => {
  const stream = screen(false)
  const progress = startProgress(10, 'products', stream)
  progress.add(10)
  progress.stop()
  stream.end()
  expect(await text(stream)).toBe('')
})

test('a status line shows the elapsed time and clears itself at the end', async () => {
  const stream = screen(true)
  const status = showStatusLine((seconds) => `Looking for ${Math.floor(seconds)} s`, stream)
  await sleep(700)
  status[Symbol.dispose]()
  stream.end()
  const drawn = (await text(stream)).split('\r\u001b[K')
  expect(drawn.slice(1, -1)).toContainEqual(expect.stringMatching(/^Looking for \d s$/))
  expect(drawn.at(-1)).toBe('')
})

test('a status line draws nothing on a pipe', async () => {
  const stream = screen(false)
  const status = showStatusLine(() => 'Looking', stream)
  await sleep(300)
  status[Symbol.dispose]()
  stream.end()
  expect(await text(stream)).toBe('')
})
