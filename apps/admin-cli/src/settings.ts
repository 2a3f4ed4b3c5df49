import { resolve } from 'node:path'

/** Settings from the environment; commander reads those that are options too. */
export interface Settings {
  dataDir: string
  authSecret: string | undefined
  /** Where the user stands. */
  directory: string
}

/** Reads the environment. What is set but empty counts as not set. */
export function readSettings(): Settings {
  const { DATA_DIR, AUTH_SECRET, INIT_CWD, npm_lifecycle_event: npmScript } = process.env
  return {
    dataDir: resolve(DATA_DIR || resolve(import.meta.dirname, '../../../.data')),
    authSecret: AUTH_SECRET || undefined,
    // npm runs its scripts at the root of the repository and says here where it was called.
    directory: (npmScript === 'jumun' && INIT_CWD) || process.cwd(),
  }
}
