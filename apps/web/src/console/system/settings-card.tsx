import type { System } from '@jumun/client'
import { m } from '../../messages/messages.js'

/** The settings of the process that answers, where they differ from the default; the server never tells a secret. */
export function SettingsCard({ settings }: { settings: System['settings'] }) {
  return (
    <section className="card" aria-labelledby="settings">
      <h2 id="settings">{m.system_settings()}</h2>
      {settings.length === 0 ? (
        <p className="muted">{m.system_no_settings()}</p>
      ) : (
        <table className="plain-table settings">
          <thead>
            <tr>
              <th scope="col">{m.system_setting()}</th>
              <th scope="col">{m.system_value()}</th>
            </tr>
          </thead>
          <tbody>
            {settings.map(({ name, value, isSecret }) => (
              <tr key={name}>
                <th scope="row" className="mono">
                  {name}
                </th>
                <td className={isSecret ? 'muted' : 'mono'}>{isSecret ? m.system_secret() : value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
