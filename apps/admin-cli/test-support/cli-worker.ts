import { parentPort } from 'node:worker_threads'
import { run } from '../src/program.ts'

/** Where Node.js keeps the connections of `fetch`: https://github.com/nodejs/undici, lib/global.js. */
const DISPATCHER = Symbol.for('undici.globalDispatcher.2')

interface Dispatcher {
  destroy(): Promise<void>
}

/**
 * A thread that runs command lines one after the other, each with its own environment and without connections of earlier
 * runs, and replies with output and exit code.
 */
parentPort?.on('message', async ({ args, env }: { args: string[]; env: Record<string, string> }) => {
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, env)
  const [stdout, stderr] = [record(process.stdout), record(process.stderr)]
  const exitCode = await run(args)
  await closeConnections(globalThis as { [DISPATCHER]?: Dispatcher })
  parentPort?.postMessage({ stdout: stdout.join(''), stderr: stderr.join(''), exitCode })
})

/** Keeps what is written to a stream instead of sending it to the parent. */
function record(stream: NodeJS.WriteStream): string[] {
  const written: string[] = []
  stream.write = (text: string | Uint8Array) => written.push(String(text)) > 0
  return written
}

async function closeConnections(holder: { [DISPATCHER]?: Dispatcher }): Promise<void> {
  const { [DISPATCHER]: dispatcher } = holder
  if (!dispatcher) return
  await dispatcher.destroy()
  holder[DISPATCHER] = Reflect.construct(dispatcher.constructor, [])
}
