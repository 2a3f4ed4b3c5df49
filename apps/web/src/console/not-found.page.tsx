import { m } from '../messages/messages.js'

/** For addresses that the console does not have. */
export function NotFoundPage() {
  return <h1>{m.page_not_found()}</h1>
}
