import { createJumunClient } from '@jumun/client'
import { learnServerTime } from './server-clock.ts'

/** The client of the API that served this page. The browser sends the session's cookie with each call. */
export const jumun = createJumunClient({
  url: location.origin,
  fetch: async (...request) => {
    const response = await fetch(...request)
    learnServerTime(response)
    return response
  },
})
