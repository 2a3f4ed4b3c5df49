import { execFile } from 'node:child_process'
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import { brokenInvariants } from '@jumun/test-kit/invariants'
import { test, vi } from 'vitest'
import { migrateDatabase } from '../../src/database/migrate.ts'
import { openDatabase } from '../../src/database/orm.ts'
import { isDatabaseUnavailable } from '../../src/database/unavailable.ts'
import { placeOrders } from '../../src/order/place-orders.ts'
import { readOrder } from '../../src/order/read-orders.ts'
import { chargePoints } from '../../src/point/move-points.ts'
import { createProducts } from '../../src/product/create-products.ts'

vi.setConfig({ testTimeout: 180_000 })

const run = promisify(execFile)

const DISK_MB = 200
const LEFT_BYTES = 6_000_000
const BATCH = 100
const BATCHES_MAX = 500

/** Mounts a disk that is small enough to fill. Returns the reason if that is impossible. */
async function mountSmallDisk(path: string): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'a small disk (tmpfs) can be mounted by root only: run this test as root'
  const mounting = run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m,mode=0711`, 'tmpfs', path])
  return mounting.then(
    () => undefined,
    (error) => `a small disk (tmpfs) cannot be mounted here: ${error.message}`,
  )
}

test('on a full disk orders fail as unavailable, no acknowledged order is lost, and orders succeed once there is space', async ({
  expect,
  onTestFinished,
  skip,
}) => {
  const disk = await mkdtemp(join(tmpdir(), 'jumun-disk-'))
  onTestFinished(() => rm(disk, { recursive: true, force: true }))
  const obstacle = await mountSmallDisk(disk)
  if (obstacle) return skip(obstacle)
  onTestFinished(async () => void (await run('umount', ['-l', disk])))

  const settings = { max_wal_size: '32MB', min_wal_size: '32MB' }
  const start = async () => {
    const server = await startEmbeddedPostgres({ dataDir: disk, settings })
    onTestFinished(server.stop)
    const database = await openDatabase({ url: server.url })
    onTestFinished(() => database.close(true))
    return { ...server, em: database.em }
  }
  const shop = await start()
  await migrateDatabase(shop.url)
  await chargePoints(shop.em, { memberId: 'mina', amount: 1_000_000_000 })
  const {
    ids: [productId = 0],
  } = await createProducts(shop.em, [{ name: 'Tea', price: 1, stock: 1_000_000 }])
  const order = { memberId: 'mina', payment: 'now' as const, items: [{ productId, quantity: 1 }] }
  const place = async ({ em }: Pick<typeof shop, 'em'>) => {
    const placed = await placeOrders(em, Array(BATCH).fill(order))
    return placed.map((one) => {
      if (one instanceof Error) throw one
      return one.answer
    })
  }

  const acknowledged = await place(shop)
  const ballast = join(disk, 'ballast')
  const { bavail, bsize } = await statfs(disk)
  await writeFile(ballast, Buffer.alloc(bavail * bsize - LEFT_BYTES))
  let failure: unknown
  for (let batch = 0; batch < BATCHES_MAX && !failure; batch++) {
    await place(shop).then(
      (orders) => acknowledged.push(...orders),
      (error) => {
        failure = error
      },
    )
  }
  expect(failure).toSatisfy(isDatabaseUnavailable)

  await rm(ballast)
  // A server without space for its log ends; if it still runs, this returns the same server.
  const restarted = await start()
  expect(await place(restarted)).toHaveLength(BATCH)
  for (const answer of acknowledged) expect(await readOrder(restarted.em, answer.id)).toEqual(answer)
  expect(await brokenInvariants(restarted.em)).toEqual({})
})
