import { Client } from 'pg'

/** Runs one statement over a connection of its own and returns its rows. */
export async function onServer(url: string, statement: string, values: unknown[] = []) {
  const client = new Client({ connectionString: url })
  // Without a listener, a server that dies between two messages would end the whole process.
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(statement, values)).rows
  } finally {
    await client.end()
  }
}

/** The url of another database on the same server. */
export function urlOfDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}
