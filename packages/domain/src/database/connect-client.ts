import { Client } from 'pg'
import type { DatabaseServers } from './database-servers.ts'
import { askReadOnly, ReadOnlyError, reportsOf, socketOf } from './session-state.ts'

/**
 * Connects a client to the server of a database that can be written, or, where that is not needed, to any. Rejects if the server
 * is a standby. A server that becomes read-only later, and reports it, breaks the connections of all its clients.
 *
 * @param connect connects the client itself
 */
export async function connectClient(
  client: Client,
  servers: DatabaseServers,
  connect: () => Promise<unknown>,
): Promise<void> {
  const mustWrite = servers.need === 'read-write'
  let isConnected = false
  const reports = reportsOf(client, () => {
    if (isConnected && mustWrite) servers.drop()
  })
  if (!servers.isOne) await chooseServer(client, servers)
  let failure: Error | undefined
  // The pool listens only when this function has returned. The server may end the session before that, and an error to which nobody
  // listens ends the process.
  client.on('error', (error) => {
    failure ??= error
  })
  servers.add(client)
  client.once('end', () => servers.remove(client))
  try {
    await connect()
    if (mustWrite && reports.readOnly && (await askReadOnly(client))) throw new ReadOnlyError()
    if (failure) throw failure
    isConnected = true
  } catch (error) {
    servers.remove(client)
    socketOf(client).destroy()
    throw error
  }
}

async function chooseServer(client: Client, servers: DatabaseServers): Promise<void> {
  const { host, port } = new Client({ connectionString: await servers.find() })
  // Whoever waited for the client has given up.
  if (socketOf(client).destroyed) throw new Error('Connection terminated')
  Object.assign(client, { host, port })
}
