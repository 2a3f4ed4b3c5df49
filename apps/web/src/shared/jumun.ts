import { createJumunClient } from '@jumun/client'

/** The client of the API that served this page. The browser sends the session's cookie with each call. */
export const jumun = createJumunClient({ url: location.origin })
