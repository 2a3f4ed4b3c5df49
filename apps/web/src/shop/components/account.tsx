import { useRef } from 'react'
import { Link } from 'wouter'
import { m } from '../../messages/messages.js'
import { restartLive } from '../../shared/live.ts'
import { signOut } from '../../shared/session.ts'
import { signInPath, useMember } from '../member.ts'
import { orderStorageOfBrowser } from '../order/order-storage-of-browser.ts'

/** Who is signed in, and the way out; else the way in. */
export function Account() {
  const memberId = useMember()
  const dialog = useRef<HTMLDialogElement>(null)
  if (memberId === undefined) return <span className="tool account" aria-hidden="true" />
  if (memberId === null)
    return (
      <Link className="tool account" href={signInPath()}>
        {m.shop_sign_in()}
      </Link>
    )
  const leave = () => (orderStorageOfBrowser.unfinished(memberId) ? dialog.current?.showModal() : void endSession())
  return (
    <>
      <details className="account">
        <summary className="tool">{memberId}</summary>
        <div className="menu">
          <button type="button" className="tool" onClick={leave}>
            {m.shop_sign_out()}
          </button>
        </div>
      </details>
      <dialog ref={dialog} className="dialog" aria-labelledby="sign-out-title">
        <h2 id="sign-out-title">{m.shop_sign_out_unfinished()}</h2>
        <p>{m.shop_sign_out_unfinished_text()}</p>
        <div className="actions">
          <button type="button" className="button button-primary" onClick={() => dialog.current?.close()}>
            {m.shop_stay_signed_in()}
          </button>
          <button type="button" className="button button-danger" onClick={() => void endSession()}>
            {m.shop_sign_out_anyway()}
          </button>
        </div>
      </dialog>
    </>
  )
}

/** Begins anew as nobody, so that nothing of the member stays in the page. */
async function endSession(): Promise<void> {
  await signOut()
  restartLive()
  location.assign('/')
}
