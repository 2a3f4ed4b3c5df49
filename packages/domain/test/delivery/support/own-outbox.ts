import type { CleanUp } from '@jumun/test-kit/clean-up'
import { createTestDatabase } from '@jumun/test-kit/test-database'
import { type Database, openDatabase } from '../../../src/database/orm.ts'
import { type EventQueue, eventQueueOf } from './events.ts'

/** An outbox in a database of its own. */
export interface OwnOutbox {
  /** The address of the database, as its superuser. */
  url: string
  /** For a relay. */
  em: Database['em']
  queue: EventQueue
}

/**
 * Opens an outbox for one test.
 *
 * @param via maps the address of the database to the one that the relay uses, such as that of a proxy
 */
export async function openOwnOutbox(cleanUp: CleanUp, via = (url: string) => url): Promise<OwnOutbox> {
  const { url, drop } = await createTestDatabase()
  cleanUp(drop)
  const database = await openDatabase({ url, poolSize: 2 })
  cleanUp(() => database.close(true))
  const relayed = await openDatabase({ url: via(url), poolSize: 2 })
  cleanUp(() => relayed.close(true))
  return { url, em: relayed.em, queue: eventQueueOf(database) }
}
