import { resolve } from 'node:path'

/** Settings from the environment, except those that are also options: commander reads them. */
export interface Settings {
  dataDir: string
  authSecret: string | undefined
  /** The user's working directory. */
  directory: string
}

/** Reads the environment. An empty variable counts as unset. */
export function readSettings(): Settings {
  const { DATA_DIR, AUTH_SECRET, INIT_CWD, npm_lifecycle_event: npmScript } = process.env
  return {
    dataDir: resolve(DATA_DIR || resolve(import.meta.dirname, '../../../.data')),
    authSecret: AUTH_SECRET || undefined,
    // npm runs scripts at the root of the repository; INIT_CWD is the directory in which npm was called.
    directory: (npmScript === 'jumun' && INIT_CWD) || process.cwd(),
  }
}
