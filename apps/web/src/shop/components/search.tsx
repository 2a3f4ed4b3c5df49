import { SEARCH_MAX_LENGTH } from '@jumun/contract/limits'
import { useEffect, useRef, useState } from 'react'
import { useLocation, useSearchParams } from 'wouter'
import { m } from '../../messages/messages.js'

const TYPING_MS = 300

/** Finds products by name. The search stands in the URL; on the page of products it follows the typing. */
export function Search() {
  const [path, navigate] = useLocation()
  const [params] = useSearchParams()
  const searched = path === '/products' ? (params.get('search') ?? '') : ''
  const [text, setText] = useState(searched)
  const typing = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => setText(searched), [searched])

  const show = (search: string, replace: boolean) => {
    clearTimeout(typing.current)
    const wanted = search.trim()
    navigate(wanted ? `/products?search=${encodeURIComponent(wanted)}` : '/products', { replace })
  }
  return (
    <search className="search">
      <form
        action="/products"
        onSubmit={(event) => {
          event.preventDefault()
          show(text, path === '/products')
        }}
      >
        <input
          type="search"
          name="search"
          className="input"
          aria-label={m.shop_search_products()}
          placeholder={m.shop_search_products()}
          maxLength={SEARCH_MAX_LENGTH}
          value={text}
          onInput={(event) => {
            const { value } = event.currentTarget
            setText(value)
            clearTimeout(typing.current)
            if (path === '/products') typing.current = setTimeout(() => show(value, true), TYPING_MS)
          }}
        />
      </form>
    </search>
  )
}
