import { m } from '../../messages/messages.js'
import { Time } from '../../shared/time.tsx'
import { Badge } from '../components/badge.tsx'
import { describeError, ErrorState, Loading } from '../components/states.tsx'
import { PageHead } from '../components/toolbar.tsx'
import '../styles/operations.css'
import { Figures } from './figures.tsx'
import { usePulse } from './pulse-query.ts'
import { OrderTail } from './tail.tsx'

/** What happens in the shop now. */
export function NowPage() {
  const { data, error, refetch } = usePulse()
  return (
    <>
      <PageHead
        title={m.now()}
        note={
          data && (
            <span className="small">
              {m.now_process({ id: data.process.id.slice(-6) })} <Time at={data.process.startedAt} />
            </span>
          )
        }
      >
        {/* The figures that were read stay, so that nothing jumps. */}
        <span role="status">{data && error && <Badge tone="warn">{describeError(error)}</Badge>}</span>
      </PageHead>
      {data && data.samples.length > 0 && <Figures samples={data.samples} />}
      {!(data?.samples.length || error) && <Loading rows={14} />}
      {!data && error && <ErrorState error={error} onRetry={() => void refetch()} />}
      <OrderTail />
    </>
  )
}
