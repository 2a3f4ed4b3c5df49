/** Control sequences of terminals (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html). */
const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
const CLEAR_REST_OF_LINE = '\u001b[K'
const CLEAR_BELOW = '\u001b[J'

/** The terminal's alternate screen. Disposing of it restores the previous content. */
export interface Screen extends Disposable {
  /** Draws as many lines as fit. */
  draw(lines: string[]): void
}

/** Switches to the alternate screen and hides the cursor. */
export function openScreen(stream: NodeJS.WriteStream): Screen {
  const leave = () => stream.write(LEAVE)
  stream.write(ENTER)
  // Restores the terminal even if the process exits without disposing.
  process.once('exit', leave)
  return {
    draw(lines) {
      const shown = lines.slice(0, stream.rows).map((line) => line + CLEAR_REST_OF_LINE)
      stream.write(`${HOME}${shown.join('\n')}${CLEAR_BELOW}`)
    },
    [Symbol.dispose]() {
      process.off('exit', leave)
      leave()
    },
  }
}
