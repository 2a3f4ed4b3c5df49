/** Control sequences of terminals (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html). */
const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
const CLEAR_REST_OF_LINE = '\u001b[K'
const CLEAR_BELOW = '\u001b[J'

/** A screen that is drawn in place; what stood on the terminal before comes back when it is disposed of. */
export interface Screen extends Disposable {
  /** Draws as many of the lines as there is room for. */
  draw(lines: string[]): void
}

/** Takes the terminal's other screen, without a cursor. */
export function openScreen(stream: NodeJS.WriteStream): Screen {
  const leave = () => stream.write(LEAVE)
  stream.write(ENTER)
  // However the process ends.
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
