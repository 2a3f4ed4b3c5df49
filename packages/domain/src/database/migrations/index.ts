import { Foundation } from './2026-11-23-foundation.ts'

/** Every migration, oldest first. A migration that has been released is never changed. */
export const migrationsList = [{ name: '2026-11-23-foundation', class: Foundation }]
