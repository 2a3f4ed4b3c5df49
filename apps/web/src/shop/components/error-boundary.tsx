import { Component, type ReactNode } from 'react'
import { m } from '../../messages/messages.js'

/** Shown in place of a page that failed, such as one whose script cannot be loaded after an update of the shop. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false }

  static getDerivedStateFromError() {
    return { hasFailed: true }
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children
    return (
      <div className="notice warn problem" role="alert">
        <p>{m.shop_page_failed()}</p>
        <button type="button" className="button" onClick={() => location.reload()}>
          {m.shop_reload()}
        </button>
      </div>
    )
  }
}
