import { useQuery } from '@tanstack/react-query'
import { m } from '../../messages/messages.js'
import { jumun } from '../../shared/jumun.ts'
import { Badge } from '../components/badge.tsx'
import { ErrorState, Loading } from '../components/states.tsx'
import { PageHead } from '../components/toolbar.tsx'
import '../styles/operations.css'
import { DatabaseCard } from './database-card.tsx'
import { MigrationsCard } from './migrations-card.tsx'
import { ProcessesCard } from './processes-card.tsx'
import { SettingsCard } from './settings-card.tsx'

/** Processes report every ten seconds. */
const POLL_MS = 5_000

/** The state of the installation. */
export function SystemPage() {
  const { data, error, refetch } = useQuery({
    queryKey: ['system'],
    queryFn: ({ signal }) => jumun.admin.system.query({}, { signal }),
    refetchInterval: POLL_MS,
  })
  const self = data?.processes.find((process) => process.self)
  return (
    <>
      <PageHead
        title={m.nav_system()}
        note={
          data && (
            <span role="status">
              <Badge tone={data.ready ? 'good' : 'bad'}>{data.ready ? m.system_ready() : m.system_not_ready()}</Badge>
            </span>
          )
        }
      >
        {self && <span className="muted small">{m.system_version({ version: self.version })}</span>}
      </PageHead>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!(data || error) && <Loading rows={12} />}
      {data && (
        <>
          <ProcessesCard processes={data.processes} />
          <div className="cards">
            <DatabaseCard database={data.database} />
            <MigrationsCard migrations={data.migrations} />
          </div>
          <SettingsCard settings={data.settings} />
        </>
      )}
    </>
  )
}
