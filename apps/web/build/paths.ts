import { join, resolve } from 'node:path'

/** The folder of this app. */
export const WEB = resolve(import.meta.dirname, '..')

/** What the API serves. */
export const DIST = join(WEB, 'dist')
