import { isJumunError } from '@jumun/client'
import { CommandFailure } from '../../failure.ts'
import { Control, write } from '../../terminal/output.ts'
import type { Frame } from './read-frame.ts'
import { type Line, renderFrame } from './render-frame.ts'

/** Control sequences of terminals (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html). */
const ENTER_ALTERNATE_SCREEN = new Control('\u001b[?1049h\u001b[?25l')
const LEAVE_ALTERNATE_SCREEN = new Control('\u001b[?25h\u001b[?1049l')
const HOME = new Control('\u001b[H')
const CLEAR_REST_OF_LINE = new Control('\u001b[K')
const CLEAR_BELOW = new Control('\u001b[J')

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
    write(process.stdout, ...render().flatMap((line) => [line, '\n']))
  }
}

/** Switches to the alternate screen and hides the cursor, until it is disposed of. */
function openScreen(stream: NodeJS.WriteStream) {
  const leave = () => write(stream, LEAVE_ALTERNATE_SCREEN)
  write(stream, ENTER_ALTERNATE_SCREEN)
  // Restores the terminal even if the process exits without disposing.
  process.once('exit', leave)
  return {
    /** Draws as many lines as fit. */
    draw(lines: Line[]) {
      const shown = lines
        .slice(0, stream.rows)
        .flatMap((line, index) => [index > 0 ? '\n' : '', line, CLEAR_REST_OF_LINE])
      write(stream, HOME, ...shown, CLEAR_BELOW)
    },
    [Symbol.dispose]() {
      process.off('exit', leave)
      leave()
    },
  }
}
