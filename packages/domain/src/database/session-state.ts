import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { ClientBase } from 'pg'

/** PostgreSQL's code for a write in a read-only transaction or on a read-only server. */
export const READ_ONLY_STATE = '25006'

/** A session that must write is read-only. */
export class ReadOnlyError extends Error {
  override readonly name = 'ReadOnlyError'
  readonly code = READ_ONLY_STATE

  constructor() {
    super('The database is read-only: it is a standby, or default_transaction_read_only is on.')
  }
}

/** A property of `Client` that its types do not declare. */
interface Wire {
  connection: EventEmitter & { stream: Socket }
}

/** What the server has reported of a session: it does so at the start and at each change. */
interface Reports {
  /** Undefined if the server has not reported it; some poolers never do. */
  readonly readOnly: boolean | undefined
}

/** Settings that make a session read-only, each by itself. PostgreSQL reports them since version 14. */
const READ_ONLY = ['in_hot_standby', 'default_transaction_read_only']

export function socketOf(client: ClientBase): Socket {
  return (client as unknown as Wire).connection.stream
}

/** Collects what the server reports. Call it before the client connects. */
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

/** Asks the server whether a session is read-only. The answer counts more than a report, which may be old behind a pooler. */
export async function askReadOnly(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ transaction_read_only: string }>('show transaction_read_only')
  return rows[0]?.transaction_read_only === 'on'
}
