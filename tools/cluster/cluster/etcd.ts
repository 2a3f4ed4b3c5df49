import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '@jumun/test-kit/ports'
import { waitFor } from '@jumun/test-kit/wait-for'
import { type Daemon, daemon } from './daemon.ts'
import type { Place } from './place.ts'
import { copyRecipe } from './recipe.ts'

const HOST = '127.0.0.1'
const START_TIMEOUT_MS = 60_000

/** A member of etcd. */
export interface Member {
  daemon: Daemon
  /** Where clients connect. */
  port: number
  metricsUrl: string
}

/** The first two are on the machines of the database, the third is elsewhere. */
export type Members = [Member, Member, Member]

/** Starts three members, of which two must agree. */
export async function startEtcd(place: Place): Promise<Members> {
  const ports = async () => ({ client: await freePort(), peer: await freePort(), metrics: await freePort() })
  const [one, two, three] = [await ports(), await ports(), await ports()]
  const initialCluster = [one, two, three]
    .map(({ peer }, index) => `etcd-${index + 1}=https://${HOST}:${peer}`)
    .join(',')
  const start = async ({ client, peer, metrics }: typeof one, index: number): Promise<Member> => {
    const name = `etcd-${index + 1}`
    const recipe = await copyRecipe('etcd/etcd.env', join(place.directory, `${name}.env`), {
      'db1=https://10.0.0.1:2380,db2=https://10.0.0.2:2380,lb1=https://10.0.0.3:2380': initialCluster,
      'ETCD_NAME=db1': `ETCD_NAME=${name}`,
      '/var/lib/etcd/jumun': join(place.directory, name),
      'https://10.0.0.1:2379': `https://${HOST}:${client}`,
      'https://10.0.0.1:2380': `https://${HOST}:${peer}`,
      'http://127.0.0.1:2381': `http://${HOST}:${metrics}`,
      '/etc/jumun-db': place.certificates.directory,
    })
    const lines = (await readFile(recipe, 'utf8')).split('\n').filter((line) => line.startsWith('ETCD_'))
    const settings = lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
    const process = daemon({
      name,
      command: 'etcd',
      args: ['--logger', 'zap', '--log-level', 'error'],
      env: Object.fromEntries(settings),
      logFile: join(place.directory, `${name}.log`),
    })
    process.start()
    return { daemon: process, port: client, metricsUrl: `http://${HOST}:${metrics}/metrics` }
  }
  const members: Members = [await start(one, 0), await start(two, 1), await start(three, 2)]
  await waitFor(async () => (await fetch(`http://${HOST}:${one.metrics}/health`)).ok, START_TIMEOUT_MS)
  return members
}
