import type { CleanUp } from '@jumun/test-kit/clean-up'
import { createTestDatabase } from '@jumun/test-kit/test-database'
import { openDatabase } from '../../../src/database/orm.ts'
import { type Outbox, openOutbox } from '../../../src/delivery/outbox.ts'
import { type EventQueue, eventQueueOf } from './events.ts'

/** An outbox in a database of its own. */
export interface OwnOutbox {
  /** The address of the database, as its superuser. */
  url: string
  outbox: Outbox
  queue: EventQueue
}

/**
 * Opens an outbox for one test.
 *
 * @param via maps the address of the database to the one that the outbox uses, such as that of a proxy
 */
export async function openOwnOutbox(cleanUp: CleanUp, via = (url: string) => url): Promise<OwnOutbox> {
  const { url, drop } = await createTestDatabase()
  cleanUp(drop)
  const database = await openDatabase({ url, poolSize: 2 })
  cleanUp(() => database.close(true))
  const outbox = openOutbox({ url: via(url), maintain: true })
  cleanUp(() => outbox.stop({ graceful: false }))
  await outbox.start()
  return { url, outbox, queue: eventQueueOf({ em: database.em, outbox }) }
}
