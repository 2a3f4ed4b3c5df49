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

/** What PostgreSQL did for one statement. */
export interface QueryPlan {
  sql: string
  /** Each scan of a table: how, of which table, over which index. */
  scans: string[]
  /** Rows that the scans of tables looked at, those that they dropped included. */
  rowsRead: number
  /** Pages of the database that were looked at. */
  blocks: number
}

/**
 * Runs work and explains every query that it sent to the database, by running it once more.
 *
 * @param work gets an entity manager of its own, whose queries are watched
 */
export async function plansOf(url: string, work: (em: Database['em']) => Promise<unknown>): Promise<QueryPlan[]> {
  const database = await openDatabase({ url, poolSize: 1 })
  try {
    const pool = await database.em.getConnection().getNativeClient()
    const client = await pool.connect()
    const watched = vi.spyOn(client, 'query')
    client.release()
    await work(database.em)
    const queries = watched.mock.calls.map(([sql]) => String(sql))
    watched.mockRestore()
    const plans: QueryPlan[] = []
    for (const sql of queries) plans.push(await explain(pool, sql))
    return plans
  } finally {
    await database.close(true)
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
  const dropped = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)
  return (node['Actual Rows'] + dropped) * node['Actual Loops']
}
