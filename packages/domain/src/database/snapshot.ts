import { type EntityManager, IsolationLevel } from '@mikro-orm/postgresql'

/** Runs reads whose statements must see the same state of the database. It takes no locks. */
export function inSnapshot<Result>(em: EntityManager, read: (em: EntityManager) => Promise<Result>): Promise<Result> {
  return em.fork().transactional(read, { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true })
}
