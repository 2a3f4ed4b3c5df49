import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../cluster/cluster.ts'
import { run } from '../cluster/daemon.ts'
import type { Machine } from '../cluster/machines.ts'
import type { Shoppers } from '../load/shoppers.ts'

/** Something that goes wrong while people shop. */
export interface Scenario {
  name: string
  /** How long no order may be acknowledged, in seconds. */
  longestGapSeconds: number
  /** Whether also clients that retry nothing must see no error. */
  unnoticed?: boolean
  /** Breaks something, and mends it. */
  run(cluster: Cluster, shoppers: Shoppers): Promise<void>
}

const SETTLE_MS = 3_000
const POLL_MS = 100

/** Resolves when orders are acknowledged again. */
async function ordersAgain({ acknowledged }: Shoppers): Promise<void> {
  const before = acknowledged.length
  while (acknowledged.length < before + 20) await sleep(50)
}

/** Ends everything on a machine at once, as a loss of power does. */
async function powerOff(machine: Machine): Promise<void> {
  const postmaster = await machine.postmaster()
  await machine.patroni.signal('SIGKILL')
  // The postmaster is the leader of its own session; its children end when it is gone.
  process.kill(postmaster, 'SIGKILL')
  await machine.pgbouncer.signal('SIGKILL')
  await machine.etcd.signal('SIGKILL')
}

/** Freezes or continues everything on a machine: a process that receives the log is a child of the postmaster. */
async function signalAll(machine: Machine, signal: 'STOP' | 'CONT'): Promise<void> {
  const postmaster = await machine.postmaster()
  await machine.patroni.signal(`SIG${signal}`)
  process.kill(postmaster, `SIG${signal}`)
  await run('pkill', [`-${signal}`, '-P', String(postmaster)])
  await machine.etcd.signal(`SIG${signal}`)
}

function powerOn(machine: Machine): void {
  machine.etcd.start()
  machine.patroni.start()
  machine.pgbouncer.start()
}

const proxiesOf = ({ toEtcd, toPatroni, toPgbouncer, toPostgres }: Machine) => [
  ...toEtcd,
  toPatroni,
  toPgbouncer,
  toPostgres,
]

export const scenarios: Scenario[] = [
  {
    name: 'rolling restart of the API under load',
    longestGapSeconds: 2,
    unnoticed: true,
    async run({ apis }) {
      for (const api of apis) {
        await api.end('SIGTERM')
        api.start()
        await api.ready()
        // Until the load balancer has seen it twice.
        await sleep(SETTLE_MS)
      }
    },
  },
  {
    name: 'a process of the API killed',
    longestGapSeconds: 5,
    async run({ apis: [api] }, shoppers) {
      await api?.end('SIGKILL')
      await ordersAgain(shoppers)
      api?.start()
      await api?.ready()
      await sleep(SETTLE_MS)
    },
  },
  {
    name: 'PgBouncer restarted',
    longestGapSeconds: 10,
    async run(cluster, shoppers) {
      const { pgbouncer } = await cluster.primary()
      await pgbouncer.signal('SIGKILL')
      pgbouncer.start()
      await ordersAgain(shoppers)
    },
  },
  {
    name: 'load balancer reloaded',
    longestGapSeconds: 2,
    unnoticed: true,
    async run({ haproxy }) {
      await haproxy.signal('SIGUSR2')
      await sleep(SETTLE_MS)
    },
  },
  {
    name: 'load balancer restarted',
    longestGapSeconds: 5,
    async run({ haproxy }, shoppers) {
      await haproxy.signal('SIGKILL', { group: true })
      haproxy.start()
      await ordersAgain(shoppers)
    },
  },
  {
    name: 'PostgreSQL of the primary killed',
    longestGapSeconds: 10,
    async run(cluster, shoppers) {
      process.kill(await (await cluster.primary()).postmaster(), 'SIGKILL')
      await ordersAgain(shoppers)
      await cluster.inSync()
    },
  },
  {
    name: 'machine of the primary killed',
    longestGapSeconds: 25,
    async run(cluster, shoppers) {
      const machine = await cluster.primary()
      await powerOff(machine)
      await ordersAgain(shoppers)
      powerOn(machine)
      await cluster.inSync()
    },
  },
  {
    name: 'primary cut off from everything, and back',
    longestGapSeconds: 25,
    async run(cluster, shoppers) {
      const [primary, standby] = [await cluster.primary(), await cluster.standby()]
      // What it reaches of the other machine is Patroni, which would let it go on without etcd.
      const links = [...proxiesOf(primary), standby.toPatroni]
      for (const link of links) await link.setMode({ kind: 'silent' })
      // To the other members, one that stands still is one that cannot be reached.
      await primary.etcd.signal('SIGSTOP')
      await sleep(SETTLE_MS)
      await ordersAgain(shoppers)
      await primary.etcd.signal('SIGCONT')
      for (const link of links) await link.reset()
      await cluster.inSync()
    },
  },
  {
    // Nothing ends its PostgreSQL, whose commits wait for the standby that has left: here is no watchdog.
    name: 'Patroni of the primary frozen, and back',
    longestGapSeconds: 25,
    async run(cluster, shoppers) {
      const [primary, standby] = [await cluster.primary(), await cluster.standby()]
      await primary.patroni.signal('SIGSTOP')
      while ((await standby.role()) !== 'primary') await sleep(POLL_MS)
      await sleep(SETTLE_MS)
      await ordersAgain(shoppers)
      await primary.patroni.signal('SIGCONT')
      await cluster.inSync()
    },
  },
  {
    name: 'standby frozen, and back',
    longestGapSeconds: 25,
    async run(cluster, shoppers) {
      const machine = await cluster.standby()
      await signalAll(machine, 'STOP')
      await sleep(SETTLE_MS)
      await ordersAgain(shoppers)
      await signalAll(machine, 'CONT')
      await cluster.inSync()
    },
  },
  {
    name: 'two of three members of etcd away for half a minute',
    longestGapSeconds: 10,
    async run({ etcd, inSync }, shoppers) {
      const members = etcd.slice(1).map(({ daemon }) => daemon)
      for (const member of members) await member.signal('SIGKILL')
      await sleep(30_000)
      await ordersAgain(shoppers)
      for (const member of members) member.start()
      await inSync()
    },
  },
  {
    name: 'two failovers in a row',
    longestGapSeconds: 25,
    async run(cluster, shoppers) {
      for (let time = 0; time < 2; time++) {
        const machine = await cluster.primary()
        await powerOff(machine)
        await ordersAgain(shoppers)
        powerOn(machine)
        await cluster.inSync()
      }
    },
  },
]
