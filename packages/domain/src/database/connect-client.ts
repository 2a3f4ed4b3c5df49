import { Client } from 'pg'
import type { DatabaseServers } from './database-servers.ts'
import { askReadOnly, ReadOnlyError, reportsOf, socketOf } from './session-state.ts'

/**
 * Connects a client to the server that accepts writes, or to any server if `servers` needs no writes. Rejects if writes are needed and the
 * server is read-only, as a standby is. When a server reports later that it became read-only, all connections to it are closed.
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
  // The server may end the session before the pool adds its own listener, and an `error` event without a listener ends the process.
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
  // The caller has given up and closed the client during the search.
  if (socketOf(client).destroyed) throw new Error('Connection terminated')
  Object.assign(client, { host, port })
}
