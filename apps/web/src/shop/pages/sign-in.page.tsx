import { useState } from 'react'
import { useSearch } from 'wouter'
import { m } from '../../messages/messages.js'
import { restartLive } from '../../shared/live.ts'
import { type SessionState, signIn, useSession } from '../../shared/session.ts'
import { pathAfterSignIn } from '../member.ts'
import { useTitle } from '../use-page.ts'

/** The ways to sign in that this shop has. */
export function SignInPage() {
  useTitle(m.shop_sign_in())
  const state = useSession()
  return (
    <div className="narrow">
      <h1>{m.shop_sign_in()}</h1>
      {state ? <Ways {...state.signIn} /> : <p className="loading muted">{m.shop_loading()}</p>}
    </div>
  )
}

function Ways({ development, provider }: SessionState['signIn']) {
  const search = useSearch()
  const then = pathAfterSignIn(search)
  const refused = new URLSearchParams(search).get('refused')
  return (
    <>
      {provider && refused !== null && (
        <p className="notice bad" role="alert">
          {whyRefused(refused)}
        </p>
      )}
      {provider && (
        <a className="button button-primary" href={`/session/provider?returnTo=${encodeURIComponent(then)}`}>
          {refused === null ? m.shop_sign_in_with_provider() : m.shop_sign_in_try_again()}
        </a>
      )}
      {development && <DevelopmentSignIn then={then} />}
      {!provider && !development && <p>{m.shop_sign_in_by_link()}</p>}
    </>
  )
}

/** The API leads here with the code of the problem when the identity provider's answer is refused. */
function whyRefused(code: string): string {
  if (code === 'FORBIDDEN') return m.shop_sign_in_forbidden()
  if (code === 'UNAVAILABLE' || code === 'TOO_MANY_REQUESTS') return m.shop_sign_in_unavailable()
  return m.shop_sign_in_not_valid()
}

const MEMBER_ID = '[A-Za-z0-9._:@\\-]{1,64}'

function DevelopmentSignIn({ then }: { then: string }) {
  const [memberId, setMemberId] = useState('demo')
  const [hasFailed, setHasFailed] = useState(false)
  const submit = async () => {
    setHasFailed(false)
    const isSignedIn = await signIn({ memberId, role: 'member' }).catch(() => false)
    if (!isSignedIn) return setHasFailed(true)
    restartLive()
    // A new page, in which nothing of someone else is left.
    location.assign(then)
  }
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <p className="muted">{m.shop_sign_in_development()}</p>
      <div className="field">
        <label htmlFor="member">{m.shop_member_id()}</label>
        <input
          id="member"
          className="input"
          required
          pattern={MEMBER_ID}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          value={memberId}
          onInput={(event) => setMemberId(event.currentTarget.value)}
        />
      </div>
      {hasFailed && (
        <p className="notice bad" role="alert">
          {m.shop_sign_in_failed()}
        </p>
      )}
      <button type="submit" className="button button-primary">
        {m.shop_sign_in()}
      </button>
    </form>
  )
}
