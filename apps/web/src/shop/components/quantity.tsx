import { MAX_QUANTITY } from '@jumun/contract/limits'
import { useEffect, useState } from 'react'
import { m } from '../../messages/messages.js'

interface Props {
  value: number
  max?: number
  /** What there is more or less of. */
  name: string
  onChange: (value: number) => void
}

/** How many of a product: typed, or by the buttons beside it. */
export function Quantity({ value, max = MAX_QUANTITY, name, onChange }: Props) {
  const [typed, setTyped] = useState(`${value}`)
  useEffect(() => setTyped(`${value}`), [value])
  const limit = Math.max(1, Math.min(max, MAX_QUANTITY))
  const take = (text: string) => {
    setTyped(text)
    const number = Number(text)
    if (Number.isInteger(number) && number >= 1 && number <= MAX_QUANTITY && number !== value) onChange(number)
  }
  return (
    <fieldset className="quantity">
      <legend className="visually-hidden">{m.shop_quantity_of({ name })}</legend>
      <button type="button" aria-label={m.shop_one_less()} disabled={value <= 1} onClick={() => onChange(value - 1)}>
        −
      </button>
      <input
        inputMode="numeric"
        pattern="[0-9]*"
        aria-label={m.shop_quantity()}
        value={typed}
        onInput={(event) => take(event.currentTarget.value)}
        onBlur={() => setTyped(`${value}`)}
      />
      <button
        type="button"
        aria-label={m.shop_one_more()}
        disabled={value >= limit}
        onClick={() => onChange(value + 1)}
      >
        +
      </button>
    </fieldset>
  )
}
