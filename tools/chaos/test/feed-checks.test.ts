import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { TABLES } from '../checker/collect.ts'
import { FEED_TABLES } from '../checker/collect-feed.ts'
import { feedChecks } from '../checker/feed-checks.ts'
import { openHistory } from '../workload/history.ts'

// A feed of eight changes that two readers have, the second one over two connections, and one change after the end.
const STORED = `
  insert into stored_changes values
    (1, 'a', 'points.changed', 'mina', 100, 100, null),
    (2, 'b', 'order.placed', 'order', 1, null, null),
    (3, 'c', 'order.paid', 'order', 1, null, null),
    (4, 'd', 'stock.changed', '1', 9, null, 'order'),
    (5, 'e', 'points.changed', 'mina', 40, -60, null),
    (6, 'f', 'order.cancelled', 'order', 2, null, null),
    (7, 'g', 'stock.changed', '1', 10, null, 'cancellation'),
    (8, 'h', 'product.created', '2', null, null, null),
    (9, 'i', 'product.updated', '2', null, null, null);
  insert into readers values ('one'), ('two');
  insert into received
    select 'one', position, 0, id, type, subject, value from stored_changes where position <= 8
    union all select 'two', position, 0, id, type, subject, value from stored_changes where position <= 4
    union all select 'two', position + 4, 1, id, type, subject, value from stored_changes where position between 3 and 8;
  insert into stored_orders values ('order', 'mina', 'CANCELLED', 60, 2, 1, 1, '');
  insert into stored_points values ('mina', 40, 1, 100, 1, 60, 40);
  insert into stored_stock values (1, 10, 10, 0);
`

const BREAKS: [statements: string, broken: string[]][] = [
  ["delete from received where reader = 'two' and id = 'd'", ['feed: every reader gets every change']],
  ["delete from received where reader = 'two'", ['feed: every reader gets every change']],
  [
    "insert into received values ('one', 9, 0, 'x', 'order.paid', 'other', 1)",
    ['feed: readers get only what is committed'],
  ],
  ["update received set value = 2 where reader = 'one' and id = 'c'", ['feed: readers get only what is committed']],
  [
    "update received set number = 11 - number where reader = 'one' and id in ('e', 'f')",
    [
      'feed: readers get changes in the order of the feed',
      'feed: a change comes again only over another connection, in order',
    ],
  ],
  [
    "insert into received select reader, 9, connection, id, type, subject, value from received where reader = 'one' and id = 'h'",
    ['feed: a change comes again only over another connection, in order'],
  ],
  [
    "update stored_changes set value = 0 where id = 'c'; update received set value = 0 where id = 'c'",
    ['feed: the version of an order grows'],
  ],
  [
    "update stored_changes set value = 1 where id = 'f'; update received set value = 1 where id = 'f'; update stored_orders set version = 1",
    ['feed: the version of an order grows'],
  ],
  ['update stored_orders set version = 3', ['feed: the last version of an order is the stored one']],
  ["update stored_changes set amount = -50 where id = 'e'", ['feed: a balance is the one before and the amount']],
  ['update stored_points set balance = 41', ['feed: the last balance is the stored one']],
  [
    "update stored_changes set reason = 'order' where id = 'g'",
    ['feed: stock falls by orders, and rises for any other reason'],
  ],
  ['update stored_stock set quantity = 11', ['feed: the last stock is the stored one']],
]

it('a feed that readers have completely and in its order, also twice over two connections, breaks no check', () => {
  expect(brokenBy('')).toEqual([])
})

it.each(BREAKS)('%s breaks the checks %j', (statements, broken) => {
  expect(brokenBy(statements)).toEqual(broken)
})

it('every check of the feed is broken by one of these', () => {
  const broken = new Set(BREAKS.flatMap(([, names]) => names))
  expect(broken).toEqual(new Set(Object.keys(feedChecks)))
})

/** The names of the checks that fail after some statements. */
function brokenBy(statements: string): string[] {
  const db = newDatabase()
  db.exec(STORED)
  db.exec(statements)
  return Object.keys(feedChecks).filter((name) => db.prepare(feedChecks[name] ?? '').all().length > 0)
}

function newDatabase(): DatabaseSync {
  const directory = mkdtempSync(join(tmpdir(), 'jumun-feed-checks-'))
  const { db, close } = openHistory(directory)
  onTestFinished(() => {
    close()
    db.close()
    rmSync(directory, { recursive: true })
  })
  db.exec(TABLES)
  db.exec(FEED_TABLES)
  return db
}
