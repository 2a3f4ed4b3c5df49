import { type ReactNode, useEffect } from 'react'
import { useLocation } from 'wouter'
import { m } from '../../messages/messages.js'
import { signInPath, useMember } from '../member.ts'

/** Shows a part of a page to the member who is signed in. Anyone else is led to the sign-in page, and back. */
export function ForMember({ children }: { children: (memberId: string) => ReactNode }) {
  const memberId = useMember()
  const [, navigate] = useLocation()
  useEffect(() => {
    if (memberId === null) navigate(signInPath(), { replace: true })
  }, [memberId, navigate])
  return memberId ? children(memberId) : <p className="loading muted">{m.shop_loading()}</p>
}
