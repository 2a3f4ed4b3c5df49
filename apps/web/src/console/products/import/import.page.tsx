import { Link } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { m } from '../../../messages/messages.js'
import { formatNumber } from '../../../shared/format.ts'
import { Time } from '../../../shared/time.tsx'
import { download } from '../../components/csv.ts'
import { ErrorState } from '../../components/states.tsx'
import { PageHead } from '../../components/toolbar.tsx'
import { DropZone } from './drop-zone.tsx'
import { ImportJob, type ImportState } from './import-job.ts'
import { countStates, ImportPreview } from './import-preview.tsx'
import { readImportFile, type WrongFile } from './read-file.ts'
import { describeWrongFile, reportOf } from './row-words.ts'
import { keepUnfinished, recallUnfinished, type Unfinished } from './unfinished.ts'
import '../../styles/products.css'

/** Makes products of a file: chosen, looked through row by row, then sent. */
export function ImportPage() {
  const [state, setState] = useState<ImportState>()
  const [wrong, setWrong] = useState<WrongFile>()
  const [isReading, setReading] = useState(false)
  const [unfinished] = useState(recallUnfinished)
  const job = useRef<ImportJob>(undefined)
  useEffect(() => () => job.current?.close(), [])
  const choose = async (file: File) => {
    job.current?.close()
    setState(undefined)
    setReading(true)
    const read = await readImportFile(file)
    setReading(false)
    setWrong(typeof read === 'string' ? read : undefined)
    if (typeof read === 'string') return
    job.current = new ImportJob(read, setState)
    void job.current.check()
  }
  return (
    <>
      <PageHead title={m.products_import_title()}>
        <Link to="/products" className="button button-small">
          {m.products_back()}
        </Link>
      </PageHead>
      {unfinished && <UnfinishedNotice unfinished={unfinished} chosen={state?.file.hash} />}
      <DropZone
        isBusy={isReading || state?.is === 'sending' || state?.is === 'unknown'}
        onFile={(file) => void choose(file)}
      />
      {wrong && (
        <p className="notice bad" role="alert">
          {describeWrongFile(wrong)}
        </p>
      )}
      {state && job.current && <Import state={state} job={job.current} />}
    </>
  )
}

function UnfinishedNotice({ unfinished, chosen }: { unfinished: Unfinished; chosen: string | undefined }) {
  const { name, at, done, total, hash } = unfinished
  if (chosen !== undefined && chosen !== hash) return null
  return (
    <p className="notice warn">
      {chosen === hash
        ? m.products_import_known()
        : m.products_import_unfinished({ name, done: formatNumber(done), total: formatNumber(total) })}{' '}
      <Time at={at} />
    </p>
  )
}

function Import({ state, job }: { state: ImportState; job: ImportJob }) {
  const { file, rows, is, error } = state
  const counts = countStates(rows)
  const total = counts.new + counts.done
  const { done } = counts
  useEffect(() => {
    if (is === 'sending')
      keepUnfinished({ hash: file.hash, name: file.name, at: new Date().toISOString(), done, total })
    if (is === 'ended') keepUnfinished(undefined)
  }, [is, file, done, total])
  const isSending = is === 'sending' || is === 'unknown'
  return (
    <section className="stack" aria-label={file.name}>
      {rows.some(({ hasOwnKey }) => !hasOwnKey) && <p className="muted small">{m.products_key_note()}</p>}
      <div className="import-tools">
        {is === 'checking' && (
          <Progress label={m.products_checking()} done={rows.length - counts.unchecked} total={rows.length} />
        )}
        {isSending && <Progress label={m.products_importing()} done={done} total={total} />}
        {is === 'ready' && counts.new > 0 && (
          <button type="button" className="button button-small button-primary" onClick={() => void job.send()}>
            {done > 0
              ? m.products_import_resume({ count: formatNumber(counts.new) })
              : m.products_import_go({ count: formatNumber(counts.new) })}
          </button>
        )}
        {isSending && (
          <button type="button" className="button button-small" onClick={() => job.stop()}>
            {m.products_import_stop()}
          </button>
        )}
        {is !== 'checking' && counts.refused > 0 && (
          <button
            type="button"
            className="button button-small"
            onClick={() => download(reportOf(rows), `${file.name}.refused.csv`)}
          >
            {m.products_import_report({ count: formatNumber(counts.refused) })}
          </button>
        )}
      </div>
      <div role="status">
        {is === 'unknown' && <p className="notice warn">{m.outcome_unknown()}</p>}
        {(is === 'ended' || (is === 'ready' && counts.new === 0)) && (
          <p className="notice">
            {m.products_import_result({
              done: formatNumber(done),
              exists: formatNumber(counts.exists),
              refused: formatNumber(counts.refused),
            })}
          </p>
        )}
      </div>
      {error !== undefined && (
        <ErrorState error={error} onRetry={() => void (is === 'checking' ? job.check() : job.send())} />
      )}
      <ImportPreview rows={rows} />
    </section>
  )
}

function Progress({ label, done, total }: { label: string; done: number; total: number }) {
  return (
    <>
      <span>{`${label} ${formatNumber(done)} / ${formatNumber(total)}`}</span>
      <progress aria-label={label} value={done} max={Math.max(1, total)} />
    </>
  )
}
