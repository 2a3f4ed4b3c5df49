import { MEMBER_ID_MAX_LENGTH } from '@jumun/contract/limits'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type SubmitEvent, useMemo, useRef, useState } from 'react'
import { m } from '../../messages/messages.js'
import { usePageActions } from '../frame/actions.ts'

const NOT_IN_IDS = /[^A-Za-z0-9._:@-]/g

/** Finds members by the beginning of their id; Enter opens the member of exactly that id. */
export function MemberFilter() {
  const { prefix = '' } = useSearch({ from: '/members' })
  const navigate = useNavigate()
  const [typed, setTyped] = useState(prefix)
  const input = useRef<HTMLInputElement>(null)
  usePageActions(
    useMemo(() => [{ id: 'find-member', label: m.member_find(), key: '/', run: () => input.current?.focus() }], []),
  )
  const change = (text: string) => {
    const id = text.replace(NOT_IN_IDS, '')
    setTyped(id)
    void navigate({ to: '/members', search: id === '' ? {} : { prefix: id }, replace: true })
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (typed !== '') void navigate({ to: '/members/$memberId', params: { memberId: typed } })
  }
  return (
    <search>
      <form className="text-filter" onSubmit={submit}>
        <input
          ref={input}
          type="search"
          className="input"
          aria-label={m.member_find()}
          placeholder={m.member_find()}
          maxLength={MEMBER_ID_MAX_LENGTH}
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={({ target }) => change(target.value)}
        />
      </form>
    </search>
  )
}
