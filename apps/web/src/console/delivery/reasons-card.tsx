import type { OutboxReasons } from '@jumun/client'
import { Link } from '@tanstack/react-router'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { Time } from '../../shared/time.tsx'
import type { Target } from './replay.ts'
import { reasonText } from './replay-dialog.tsx'

interface ReasonsCardProps {
  reasons: OutboxReasons
  onReplay: (target: Target) => void
}

/** Why events are dead letters, the most frequent reason first. */
export function ReasonsCard({ reasons: { items }, onReplay }: ReasonsCardProps) {
  return (
    <section className="card" aria-labelledby="reasons">
      <h2 id="reasons">{m.delivery_reasons()}</h2>
      {items.length === 0 ? (
        <p className="good-text">✓ {m.delivery_no_dead()}</p>
      ) : (
        <div className="wide-table">
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">{m.delivery_reason()}</th>
                <th scope="col" className="only-wide">
                  {m.delivery_oldest()}
                </th>
                <td />
              </tr>
            </thead>
            <tbody>
              {items.map(({ reason, count, oldest }) => (
                <tr key={reason}>
                  <th scope="row">
                    <strong>{formatNumber(count)}</strong> × {reasonText(reason)}
                  </th>
                  <td className="only-wide">
                    <Time at={oldest} />
                  </td>
                  <td className="end">
                    <span className="row-tools">
                      {reason !== null && (
                        <Link to="/delivery" search={{ reason }} className="button button-small">
                          {m.delivery_show()}
                          <span className="visually-hidden"> {reason}</span>
                        </Link>
                      )}
                      <button type="button" className="button button-small" onClick={() => onReplay({ reason })}>
                        {m.delivery_replay()}
                        <span className="visually-hidden"> {reasonText(reason)}</span>
                      </button>
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
