import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { ClientBase } from 'pg'

/** PostgreSQL's code for a statement that needs to write in a transaction, or on a server, that is read-only. */
export const READ_ONLY_STATE = '25006'

/** A session that was to write cannot. */
export class ReadOnlyError extends Error {
  override readonly name = 'ReadOnlyError'
  readonly code = READ_ONLY_STATE

  constructor() {
    super('The database is read-only: it is a standby, or default_transaction_read_only is on.')
  }
}

/** What a client has and its types do not declare. */
interface Wire {
  connection: EventEmitter & { stream: Socket }
}

/** What the server reports of a session, at its start and with each change. */
interface Reports {
  /** Undefined where nothing was reported, as by some poolers. */
  readonly readOnly: boolean | undefined
}

/** The settings of which each one makes a session read-only. PostgreSQL reports them, since version 14. */
const READ_ONLY = ['in_hot_standby', 'default_transaction_read_only']

export function socketOf(client: ClientBase): Socket {
  return (client as unknown as Wire).connection.stream
}

/** Follows what the server reports. Call it before the client connects. */
export function reportsOf(client: ClientBase, onReadOnly?: () => void): Reports {
  const reported = new Map<string, boolean>()
  const { connection } = client as unknown as Wire
  connection.on('parameterStatus', (message: { parameterName: string; parameterValue: string }) => {
    if (!READ_ONLY.includes(message.parameterName)) return
    reported.set(message.parameterName, message.parameterValue === 'on')
    if (message.parameterValue === 'on') onReadOnly?.()
  })
  return {
    get readOnly() {
      if ([...reported.values()].includes(true)) return true
      return reported.size === READ_ONLY.length ? false : undefined
    },
  }
}

/** Whether a session is read-only. A pooler may report what was true when it connected, so only the answer to this counts. */
export async function askReadOnly(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ transaction_read_only: string }>('show transaction_read_only')
  return rows[0]?.transaction_read_only === 'on'
}
