import type { System } from '@jumun/client'
import { m } from '../../messages/messages.js'
import { Time } from '../../shared/time.tsx'
import { Badge } from '../components/badge.tsx'

/** Every living process of the API. */
export function ProcessesCard({ processes }: { processes: System['processes'] }) {
  return (
    <section className="card" aria-labelledby="processes">
      <h2 id="processes">{m.system_processes()}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <div className="wide-table" tabIndex={0}>
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">{m.system_process()}</th>
              <th scope="col">{m.system_host()}</th>
              <th scope="col">{m.system_release()}</th>
              <th scope="col">{m.system_started()}</th>
              <th scope="col">{m.system_seen()}</th>
            </tr>
          </thead>
          <tbody>
            {processes.map(({ id, host, pid, version, startedAt, seenAt, self }) => (
              <tr key={id}>
                <th scope="row">
                  <span className="mono" title={id}>
                    {id.slice(-6)}
                  </span>{' '}
                  {self && <Badge tone="good">{m.system_self()}</Badge>}
                </th>
                <td>{m.system_host_and_pid({ host, pid: String(pid) })}</td>
                <td>{version}</td>
                <td>
                  <Time at={startedAt} />
                </td>
                <td>
                  <Time at={seenAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
