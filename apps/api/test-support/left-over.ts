import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'

/**
 * What still runs for a data directory: processes with it in their command line or environment (where there is /proc),
 * and ports that still accept connections.
 */
export async function leftOver(dataDir: string, ports: number[]): Promise<string[]> {
  const open = await Promise.all(ports.map(async (port) => ((await answers(port)) ? [`port ${port}`] : [])))
  return [...(await programsNaming(dataDir)), ...open.flat()]
}

async function programsNaming(dataDir: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      if (Number(pid) === process.pid) return []
      const [command = '', settings = ''] = await Promise.all(
        ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      )
      return `${command}\0${settings}`.includes(dataDir) ? [command.replaceAll('\0', ' ').trim() || pid] : []
    }),
  )
  return found.flat()
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
