import { Client } from 'pg'

/** Runs one statement over a connection of its own. */
export async function onServer(url: string, statement: string, values: unknown[] = []) {
  const client = new Client({ connectionString: url })
  // A server that dies between two messages fails the statement; it must not end the whole process as well.
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(statement, values)).rows
  } finally {
    await client.end()
  }
}

/** The url of another database of the same server. */
export function urlOfDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}
