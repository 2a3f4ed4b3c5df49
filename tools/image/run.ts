import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

type Environment = Record<string, string>

/** Starts a command line in a shell; its output goes to ours. */
export function start(command: string, cwd: string, env: Environment): ChildProcess {
  process.stderr.write(`$ ${command}\n`)
  return spawn('bash', ['-c', command], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
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
