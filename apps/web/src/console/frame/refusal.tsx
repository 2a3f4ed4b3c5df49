import { MEMBER_ID_MAX_LENGTH } from '@jumun/contract/limits'
import { useQueryClient } from '@tanstack/react-query'
import { type SubmitEvent, useState } from 'react'
import { m } from '../../messages/messages.js'
import { restartLive } from '../../shared/live.ts'
import { type SessionState, signIn } from '../../shared/session.ts'
import { DisplaySettings } from './display-settings.tsx'
import { SessionTools } from './top-bar.tsx'

/** For those who are no operators: who they are, and how to become one. */
export function Refusal({ state }: { state: SessionState }) {
  const { session, signIn: ways } = state
  return (
    <main className="refusal" id="main">
      <img src="/icon.svg" alt="" width="48" height="48" />
      <h1>{m.console_for_operators()}</h1>
      {session ? <p className="muted">{m.signed_in_as_member({ memberId: session.memberId })}</p> : null}
      {ways.provider && (
        <a
          className="button button-primary"
          href={`/session/provider?returnTo=${encodeURIComponent(location.pathname)}`}
        >
          {m.sign_in_provider()}
        </a>
      )}
      {ways.development && <DevelopmentSignIn />}
      {!(ways.provider || ways.development) && <p>{m.sign_in_by_link()}</p>}
      <p>
        <a href="/">{m.to_the_shop()}</a>
      </p>
      {session && <SessionTools />}
      <div className="refusal-settings">
        <DisplaySettings />
      </div>
    </main>
  )
}

/** Signs in as any operator; exists in development only. */
function DevelopmentSignIn() {
  const queries = useQueryClient()
  const [memberId, setMemberId] = useState('operator')
  const [isRefused, setRefused] = useState(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const isIn = await signIn({ memberId, role: 'admin' })
    setRefused(!isIn)
    if (!isIn) return
    restartLive()
    await queries.invalidateQueries()
  }
  return (
    <form className="refusal-form" onSubmit={submit}>
      <div className="field">
        <label htmlFor="operator-id">{m.operator_id()}</label>
        <input
          id="operator-id"
          className="input"
          required
          maxLength={MEMBER_ID_MAX_LENGTH}
          pattern="[A-Za-z0-9._:@\-]+"
          autoComplete="username"
          value={memberId}
          onChange={({ target }) => setMemberId(target.value)}
        />
      </div>
      <button type="submit" className="button button-primary">
        {m.sign_in_as_operator()}
      </button>
      <p role="status" className="bad-text">
        {isRefused && m.sign_in_refused()}
      </p>
    </form>
  )
}
