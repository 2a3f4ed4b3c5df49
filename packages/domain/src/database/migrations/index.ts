import { Foundation } from './2026-11-23-foundation.ts'
import { Popular } from './2026-11-23-popular.ts'
import { ProductKey } from './2026-11-25-product-key.ts'

/** Every migration, oldest first. A migration that has been released is never changed. */
export const migrationsList = [
  { name: '2026-11-23-foundation', class: Foundation },
  { name: '2026-11-23-popular', class: Popular },
  { name: '2026-11-25-product-key', class: ProductKey },
]
