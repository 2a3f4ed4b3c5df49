import type { System } from '@jumun/client'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { formatBytes } from './bytes.ts'

/** The database and its server. */
export function DatabaseCard({ database }: { database: System['database'] }) {
  const { version, name, sizeBytes, connections, maxConnections } = database
  return (
    <section className="card" aria-labelledby="database">
      <h2 id="database">{m.system_database()}</h2>
      <dl className="facts">
        <dt>PostgreSQL</dt>
        <dd>{version}</dd>
        <dt>{m.system_name()}</dt>
        <dd className="mono">{name}</dd>
        <dt>{m.system_size()}</dt>
        <dd>{formatBytes(sizeBytes)}</dd>
        <dt>{m.system_connections()}</dt>
        <dd>{m.system_of({ used: formatNumber(connections), max: formatNumber(maxConnections) })}</dd>
      </dl>
    </section>
  )
}
