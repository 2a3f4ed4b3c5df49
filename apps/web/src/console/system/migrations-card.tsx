import type { System } from '@jumun/client'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { Time } from '../../shared/time.tsx'
import { Badge } from '../components/badge.tsx'

/** Which changes of the schema are applied, and which are missing. */
export function MigrationsCard({ migrations: { applied, pending } }: { migrations: System['migrations'] }) {
  const last = applied.at(-1)
  return (
    <section className="card" aria-labelledby="migrations">
      <h2 id="migrations">{m.system_migrations()}</h2>
      <p>
        <Badge tone={pending.length === 0 ? 'good' : 'bad'}>
          {pending.length === 0 ? m.system_all_applied() : m.system_pending({ count: formatNumber(pending.length) })}
        </Badge>
      </p>
      {pending.length > 0 && (
        <ul>
          {pending.map((name) => (
            <li key={name} className="mono">
              {name}
            </li>
          ))}
        </ul>
      )}
      {last && (
        <p className="small muted">
          {m.system_last_migration()} <span className="mono">{last.name}</span>, <Time at={last.at} />
        </p>
      )}
      <details>
        <summary className="small">{m.system_show_applied({ count: formatNumber(applied.length) })}</summary>
        <ol className="small">
          {applied.map(({ name, at }) => (
            <li key={name}>
              <span className="mono">{name}</span> <Time at={at} className="muted" />
            </li>
          ))}
        </ol>
      </details>
    </section>
  )
}
