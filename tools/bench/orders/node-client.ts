import { Client } from 'pg'
import type { Statement } from './by-hand.ts'

/** What to run. */
export interface NodeClientOptions {
  url: string
  statements: Statement[]
  clients: number
  seconds: number
}

/**
 * Runs a transaction again and again with prepared statements, each client one after the other: what pgbench does, where
 * there is none.
 *
 * @returns the median duration of a transaction, in milliseconds
 */
export async function runNodeClient({ url, statements, clients, seconds }: NodeClientOptions): Promise<number> {
  const latencies: number[] = []
  const end = performance.now() + seconds * 1_000
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new Client(url)
      await client.connect()
      while (performance.now() < end) {
        const begun = performance.now()
        await runOnce(client, statements)
        latencies.push(performance.now() - begun)
      }
      await client.end()
    }),
  )
  return latencies.sort((a, b) => a - b)[Math.floor(latencies.length / 2)] ?? Number.NaN
}

async function runOnce(client: Client, statements: Statement[]): Promise<void> {
  const variables = new Map<string, number | string>()
  for (const [index, { set, sql, keep }] of statements.entries()) {
    if (set) variables.set(...set((name) => Number(variables.get(name))))
    if (!sql) continue
    const names: string[] = []
    const text = sql.replace(/(?<!:):([a-z]+)/g, (_, name: string) => {
      if (!names.includes(name)) names.push(name)
      return `$${names.indexOf(name) + 1}`
    })
    const values = names.map((name) => variables.get(name))
    const { rows } = await client.query({ name: `statement-${index}`, text, values })
    if (keep) variables.set(keep, rows[0][keep])
  }
}
