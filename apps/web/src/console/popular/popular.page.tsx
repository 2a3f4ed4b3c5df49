import { POPULAR_DEFAULT_DAYS, POPULAR_MAX_DAYS } from '@jumun/contract/limits'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { Time } from '../../shared/time.tsx'
import { EmptyState, ErrorState, Loading } from '../components/states.tsx'
import { PageHead, Toolbar } from '../components/toolbar.tsx'
import '../styles/operations.css'
import { usePopular } from './popular-query.ts'
import { DEFAULT_LIMIT, LIMITS, type PopularSearch } from './popular-search.ts'
import { Ranking } from './ranking.tsx'

/** What sells most. */
export function PopularPage() {
  const { days = POPULAR_DEFAULT_DAYS, limit = DEFAULT_LIMIT } = useSearch({ from: '/popular' })
  const navigate = useNavigate()
  const change = (search: PopularSearch) =>
    void navigate({ to: '/popular', search: (before) => ({ ...before, ...search }), replace: true })
  const { data, error, isPending, refetch } = usePopular(days, limit)
  return (
    <>
      <PageHead title={m.nav_popular()} />
      <Toolbar label={m.popular_what()}>
        <label className="choice">
          <span>{m.popular_days()}</span>
          <select value={days} onChange={({ target }) => change({ days: Number(target.value) })}>
            {Array.from({ length: POPULAR_MAX_DAYS }, (_, index) => (
              <option key={index} value={index + 1}>
                {formatNumber(index + 1)}
              </option>
            ))}
          </select>
        </label>
        <label className="choice">
          <span>{m.popular_limit()}</span>
          <select value={limit} onChange={({ target }) => change({ limit: Number(target.value) })}>
            {LIMITS.map((known) => (
              <option key={known} value={known}>
                {formatNumber(known)}
              </option>
            ))}
          </select>
        </label>
        {data && (
          <span className="muted small">
            {m.popular_window()} <Time at={data.from} /> – <Time at={data.to} />
          </span>
        )}
      </Toolbar>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {isPending && <Loading rows={10} />}
      {data && data.items.length > 0 && <Ranking items={data.items} />}
      {data?.items.length === 0 && <EmptyState title={m.popular_none()}>{m.popular_none_hint()}</EmptyState>}
    </>
  )
}
