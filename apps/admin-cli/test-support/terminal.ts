import { setTimeout as sleep } from 'node:timers/promises'
import { PATIENCE_MS, scaleByLoad } from '@jumun/test-kit/machine-load'
import { NODE_COMPILE_CACHE } from '@jumun/test-kit/program'
import { spawn } from '@lydell/node-pty'
import xterm from '@xterm/headless'
import { onTestFinished } from 'vitest'
import { MAIN } from './cli.ts'

const LOOK_EVERY_MS = 50

/** What stands on a terminal. */
interface Screen {
  /** The lines from the first to the last that has something on it. */
  lines: string[]
  /** Whether it is the other screen, which programs draw on that fill it. */
  isOther: boolean
}

/** The program in a terminal, until the end of the test. */
export interface Terminal {
  type(keys: string): void
  resize(columns: number, rows: number): void
  screen(): Promise<Screen>
  /** Every byte that the program has written. */
  written(): string
  /** Waits until the screen looks like this. */
  until(look: (text: string) => boolean): Promise<void>
  /** The exit code. */
  ended: Promise<number>
}

interface TerminalOptions {
  env: Record<string, string>
  /** Where it stands. */
  cwd?: string
  columns?: number
  rows?: number
}

/** Starts the program in a pseudo-terminal, with these environment variables, the compile cache and no others. */
export function startTerminal(args: string[], options: TerminalOptions): Terminal {
  return startInTerminal(process.execPath, [MAIN, ...args], { ...options, env: { NODE_COMPILE_CACHE, ...options.env } })
}

/** As `startTerminal`, of any program. */
export function startInTerminal(file: string, args: string[], options: TerminalOptions): Terminal {
  const { env, cwd = process.cwd(), columns = 80, rows = 24 } = options
  const drawn = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1_000 })
  const child = spawn(file, args, {
    cols: columns,
    rows,
    cwd,
    env: { TERM: 'xterm-256color', ...env },
  })
  let written = ''
  let hasEnded = false
  child.onData((data) => {
    written += data
    drawn.write(data)
  })
  const ended = new Promise<number>((resolve) => {
    child.onExit(({ exitCode }) => {
      hasEnded = true
      resolve(exitCode)
    })
  })
  onTestFinished(() => {
    if (!hasEnded) child.kill('SIGKILL')
    drawn.dispose()
  })
  const screen = async (): Promise<Screen> => {
    await new Promise<void>((resolve) => drawn.write('', resolve))
    const { active } = drawn.buffer
    const lines = Array.from(
      { length: active.length },
      (_, y) => active.getLine(y)?.translateToString(true, 0, drawn.cols) ?? '',
    )
    return {
      lines: lines.slice(0, lines.findLastIndex((line) => line !== '') + 1),
      isOther: active.type === 'alternate',
    }
  }
  return {
    type: (keys) => child.write(keys),
    resize(columns, rows) {
      drawn.resize(columns, rows)
      child.resize(columns, rows)
    },
    screen,
    written: () => written,
    async until(look) {
      const deadline = performance.now() + scaleByLoad(PATIENCE_MS)
      while (!look((await screen()).lines.join('\n'))) {
        if (performance.now() > deadline)
          throw new Error(`The screen never came to look so:\n${(await screen()).lines.join('\n')}`)
        await sleep(LOOK_EVERY_MS)
      }
    },
    ended,
  }
}
