import { join } from 'node:path'
import { freePort } from '@jumun/test-kit/ports'
import { type Daemon, daemon } from './daemon.ts'
import { OPS } from './recipe.ts'

const HOST = '127.0.0.1'
export const HAPROXY_RECIPE = join(OPS, 'haproxy/haproxy.cfg')

/** The load balancer of the recipe. */
export interface Balancer {
  haproxy: Daemon
  /** Where clients connect. */
  url: string
  /** Where HAProxy's own metrics are. */
  metricsUrl: string
  /** What the recipe reads from the environment. */
  env: Record<string, string>
}

/** Starts HAProxy before three processes of the API, each given as host and port. */
export async function startHaproxy(directory: string, [one, two, three]: [string, string, string]): Promise<Balancer> {
  const [address, metrics] = [`${HOST}:${await freePort()}`, `${HOST}:${await freePort()}`]
  const env = {
    JUMUN_BIND: address,
    JUMUN_METRICS: metrics,
    JUMUN_HAPROXY_SOCKET: join(directory, 'haproxy.sock'),
    JUMUN_ERRORS: join(OPS, 'haproxy/errors'),
    JUMUN_API_1: one,
    JUMUN_API_2: two,
    JUMUN_API_3: three,
  }
  const haproxy = daemon({
    name: 'HAProxy',
    command: 'haproxy',
    // The master starts the new worker on a reload (SIGUSR2), and the old one ends when its connections have.
    args: ['-W', '-db', '-f', HAPROXY_RECIPE],
    logFile: join(directory, 'haproxy.log'),
    env,
  })
  haproxy.start()
  return { haproxy, url: `http://${address}`, metricsUrl: `http://${metrics}/metrics`, env }
}
