import { randomUUID } from 'node:crypto'
import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test, vi } from 'vitest'
import { beat, listProcesses, type ProcessIdentity, startHeartbeat } from '../../src/process/heartbeat.ts'

const shop = useShop()

const identity = (more: Partial<ProcessIdentity> = {}): ProcessIdentity => {
  return { id: randomUUID(), host: 'shop-1', pid: 4_242, version: '0.1.0', startedMs: performance.now(), ...more }
}
const ids = async () => (await listProcesses(shop.em)).map(({ id }) => id)
const silence = (id: string, interval: string) =>
  shop.em.execute('update api_process set seen_at = now() - ?::interval where id = ?', [interval, id])
const rows = async () => (await shop.em.execute<{ id: string }[]>('select id from api_process')).map(({ id }) => id)

test('a process that reports is listed, with its own times by the clock of the database', async () => {
  const process = identity({ startedMs: performance.now() - 60_000 })
  await beat(shop.em, process)
  await silence(process.id, '20 seconds')
  await beat(shop.em, process)
  const [listed] = await listProcesses(shop.em)
  const { startedMs: _, ...facts } = process
  expect(listed).toMatchObject(facts)
  const lived = Date.parse(listed?.seenAt ?? '') - Date.parse(listed?.startedAt ?? '')
  expect(lived).toBeGreaterThanOrEqual(60_000)
  await shop.em.execute('delete from api_process')
})

test('a process that did not report for thirty seconds is not listed, and the next report of another deletes it', async () => {
  const [one, other] = [identity(), identity()]
  await beat(shop.em, one)
  await silence(one.id, '29 seconds')
  await beat(shop.em, other)
  expect(new Set(await ids())).toEqual(new Set([one.id, other.id]))
  await silence(one.id, '31 seconds')
  expect(await ids()).toEqual([other.id])
  expect(await rows()).toContain(one.id)
  await beat(shop.em, other)
  expect(await rows()).toEqual([other.id])
  await shop.em.execute('delete from api_process')
})

test('a report counts the living processes, this one included', async () => {
  const [one, other] = [identity(), identity()]
  expect(await beat(shop.em, one)).toBe(1)
  expect(await beat(shop.em, other)).toBe(2)
  expect(await beat(shop.em, one)).toBe(2)
  await silence(other.id, '31 seconds')
  expect(await beat(shop.em, one)).toBe(1)
  await shop.em.execute('delete from api_process')
})

test('a process that was deleted is back with its next report', async () => {
  const process = identity()
  await beat(shop.em, process)
  await shop.em.execute('delete from api_process')
  await beat(shop.em, process)
  expect(await ids()).toEqual([process.id])
  await shop.em.execute('delete from api_process')
})

test('a process is listed while it runs, and its failing report is only told', async () => {
  const process = identity({ host: 'h'.repeat(300) })
  const onError = vi.fn()
  const heartbeat = startHeartbeat(shop.em, process, onError)
  await expect.poll(ids).toEqual([process.id])
  await heartbeat.stop()
  expect(await rows()).toEqual([])
  expect(onError).not.toHaveBeenCalled()

  await shop.em.execute('alter table api_process rename to gone')
  const failing = startHeartbeat(shop.em, process, onError)
  await expect.poll(() => onError.mock.calls.length).toBe(1)
  await failing.stop()
  await shop.em.execute('alter table gone rename to api_process')
})
