import { isJumunError } from '@jumun/client'
import { CommandFailure } from '../../failure.ts'
import type { Frame } from './read-frame.ts'
import { renderFrame } from './render-frame.ts'
import { openScreen } from './screen.ts'

export interface ShowOptions {
  first: Frame
  readFrame: () => Promise<Frame>
  /** Waits between two frames; rejects when `signal` is aborted. */
  pause: () => Promise<void>
  address: string
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
}

/**
 * Draws frames on the terminal until `pause` rejects. While the API does not answer, it shows the last frame with the reason.
 * At the end it prints the last frame to the normal screen.
 */
export async function showFrames({ first, readFrame, pause, address, signal }: ShowOptions): Promise<never> {
  let frame = first
  let trouble: string | undefined
  const render = () => renderFrame({ frame, address, trouble, width: process.stdout.columns })
  try {
    using screen = openScreen(process.stdout)
    const draw = () => screen.draw(render())
    process.stdout.on('resize', draw)
    using _ = { [Symbol.dispose]: () => void process.stdout.off('resize', draw) }
    for (;;) {
      draw()
      await pause()
      try {
        frame = await readFrame()
        trouble = undefined
      } catch (error) {
        if (signal.aborted || !(isJumunError(error) || error instanceof CommandFailure)) throw error
        trouble = error.message
      }
    }
  } finally {
    process.stdout.write(`${render().join('\n')}\n`)
  }
}
