import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

type Environment = Record<string, string>

const running = new Set<ChildProcess>()

/** Ends every command that still runs, with all that it has started. */
export function endCommands(): void {
  for (const { pid } of running) if (pid !== undefined) process.kill(-pid, 'SIGTERM')
}

/** Starts a command line in a shell; its output goes to ours. */
export function start(command: string, cwd: string, env: Environment): ChildProcess {
  process.stderr.write(`$ ${command}\n`)
  const child = spawn('bash', ['-c', command], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  running.add(child)
  child.once('close', () => running.delete(child))
  return child
}

/** Runs a command line to its end. Throws unless it ends with the code. Returns what it printed. */
export async function run(command: string, cwd: string, env: Environment, expectedCode = 0): Promise<string> {
  const child = start(command, cwd, env)
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    output += chunk
  })
  const [code] = await once(child, 'close')
  process.stderr.write(output)
  if (code !== expectedCode) throw new Error(`This ended with ${code} instead of ${expectedCode}: ${command}`)
  return output
}
