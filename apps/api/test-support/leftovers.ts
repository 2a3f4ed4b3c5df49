import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'

/**
 * Finds what still runs for a data directory: processes whose command line or environment contains it (on Linux only), and
 * ports that accept connections.
 */
export async function findLeftovers(dataDir: string, ports: number[]): Promise<string[]> {
  const open = await Promise.all(ports.map(async (port) => ((await isOpen(port)) ? [`port ${port}`] : [])))
  return [...(await processesWith(dataDir)), ...open.flat()]
}

async function processesWith(dataDir: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      if (Number(pid) === process.pid) return []
      const [command = '', environment = ''] = await Promise.all(
        ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      )
      return `${command}\0${environment}`.includes(dataDir) ? [command.replaceAll('\0', ' ').trim() || pid] : []
    }),
  )
  return found.flat()
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
