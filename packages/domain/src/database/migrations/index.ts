import { readdirSync } from 'node:fs'

const files = readdirSync(import.meta.dirname)
  .filter((name) => /^\d{4}-\d\d-\d\d-[a-z-]+\.ts$/.test(name))
  .sort()

/** Every migration of this folder, oldest first by file name. A migration that has been released is never changed. */
export const migrationsList = await Promise.all(
  files.map(async (file) => ({
    name: file.replace('.ts', ''),
    class: (await import(/* @vite-ignore */ `./${file}`)).default,
  })),
)
