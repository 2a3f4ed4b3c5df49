import type { Shop } from '@jumun/test-kit/domain-shop'
import { useResource } from '@jumun/test-kit/use-resource'
import type { Pool } from 'pg'
import { vi } from 'vitest'
import { type Database, openDatabase } from '../src/database/orm.ts'

/** A node of PostgreSQL's plan in JSON (EXPLAIN, FORMAT JSON). */
interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: PlanNode[]
}

/** How PostgreSQL ran one statement. */
interface QueryPlan {
  sql: string
  /** The scans: each with its kind, table and index. */
  scans: string[]
  /** Rows that the scans read, including those that a filter removed. */
  rowsRead: number
  /** Pages that were read, from memory or disk. */
  blocks: number
}

/** Explains queries, on the one connection of a database that the test file opens for it. */
export interface Explainer {
  /**
   * Runs `work`, and then explains each of its queries without their transaction, which runs the query once more.
   *
   * @param work gets an entity manager of its own, whose queries are recorded
   */
  plansOf(work: (em: Database['em']) => Promise<unknown>): Promise<QueryPlan[]>
}

/** Opens a connection to a shop for the test file that calls it. */
export function useExplainer(shop: Pick<Shop, 'url'>): Explainer {
  return useResource(
    async () => {
      const database = await openDatabase({ url: shop.url, poolSize: 1 })
      return { plansOf: (work: Work) => plansOf(database, work), close: () => database.close(true) }
    },
    ({ close }) => close(),
  )
}

type Work = Parameters<Explainer['plansOf']>[0]

async function plansOf({ em }: Database, work: Work): Promise<QueryPlan[]> {
  const pool = await em.getConnection().getNativeClient()
  const client = await pool.connect()
  const spy = vi.spyOn(client, 'query')
  client.release()
  try {
    await work(em.fork())
    const sent = spy.mock.calls.map(([sql]) => String(sql))
    const queries = sent.filter((sql) => !/^(?:begin|start|commit)\b/i.test(sql))
    spy.mockRestore()
    const plans: QueryPlan[] = []
    for (const sql of queries) plans.push(await explain(pool, sql))
    return plans
  } finally {
    spy.mockRestore()
  }
}

async function explain(pool: Pool, sql: string): Promise<QueryPlan> {
  const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `explain (analyze, buffers, timing off, format json) ${sql}`,
  )
  const [root] = rows.flatMap((row) => row['QUERY PLAN'].map((plan) => plan.Plan))
  if (!root) throw new Error(`PostgreSQL did not explain ${sql}`)
  const scans = nodesOf(root).filter((node) => node['Node Type'].endsWith('Scan'))
  return {
    sql,
    scans: scans.map((node) => [node['Node Type'], node['Relation Name'], node['Index Name']].join(' ').trim()),
    rowsRead: scans.reduce((sum, node) => sum + rowsOf(node), 0),
    blocks: root['Shared Hit Blocks'] + root['Shared Read Blocks'],
  }
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}

function rowsOf(node: PlanNode): number {
  const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)
  return (node['Actual Rows'] + removed) * node['Actual Loops']
}
