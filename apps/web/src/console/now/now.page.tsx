import { m } from '../../messages/messages.js'

/** What happens in the shop now. */
export function NowPage() {
  return <h1>{m.now()}</h1>
}
