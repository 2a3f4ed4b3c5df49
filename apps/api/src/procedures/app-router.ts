import { procedures } from './index.ts'
import { router } from './procedure.ts'

export const appRouter = router(procedures)
