import { Link } from '@tanstack/react-router'
import { type SubmitEvent, useId, useState } from 'react'
import { m } from '../../messages/messages.js'
import { Modal } from '../components/modal.tsx'
import { notify } from '../components/toasts.tsx'
import type { OrderSearch } from './order-search.ts'
import { removeView, saveView, useSavedViews } from './saved-views.ts'

const NAME_MAX_LENGTH = 40

/** Filters under names, as links; the filter that is set can be kept and shared. */
export function OrderViews({ search }: { search: OrderSearch }) {
  const views = useSavedViews()
  const [isNaming, setNaming] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(location.href).then(
      () => notify(m.order_link_copied()),
      () => notify(m.order_link_not_copied(), 'bad'),
    )
  }
  const hasFilter = Object.keys(search).length > 0
  return (
    <nav className="views" aria-label={m.order_views()}>
      <Link to="/orders" search={{}} activeOptions={{ exact: true, includeSearch: true }}>
        {m.order_all()}
      </Link>
      {views.map((view) => (
        <span key={view.name} className="view">
          <Link to="/orders" search={view.search} activeOptions={{ exact: true, includeSearch: true }}>
            {view.name}
          </Link>
          <button
            type="button"
            onClick={() => removeView(view.name)}
            aria-label={m.order_remove_view({ name: view.name })}
          >
            ✕
          </button>
        </span>
      ))}
      {hasFilter && (
        <span className="view-tools">
          <button type="button" className="button button-quiet button-small" onClick={() => setNaming(true)}>
            {m.order_save_view()}
          </button>
          <button type="button" className="button button-quiet button-small" onClick={() => void copy()}>
            {m.order_copy_link()}
          </button>
        </span>
      )}
      {isNaming && <NameView search={search} onClose={() => setNaming(false)} />}
    </nav>
  )
}

function NameView({ search, onClose }: { search: OrderSearch; onClose: () => void }) {
  const [name, setName] = useState('')
  const id = useId()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    saveView({ name: name.trim(), search })
    onClose()
  }
  return (
    <Modal title={m.order_save_view()} description={m.order_views_here()} onClose={onClose}>
      <form className="modal-form" onSubmit={submit}>
        <div className="field">
          <label htmlFor={id}>{m.order_view_name()}</label>
          <input
            id={id}
            className="input"
            required
            pattern=".*\S.*"
            maxLength={NAME_MAX_LENGTH}
            autoComplete="off"
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        </div>
        <div className="modal-buttons">
          <button type="submit" className="button button-primary">
            {m.order_save_view()}
          </button>
        </div>
      </form>
    </Modal>
  )
}
