import { globSync } from 'node:fs'
import { join } from 'node:path'

/** Whether a program of the operating system is in PATH. A test that needs one says in its title that it did not run. */
export function hasProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => globSync(join(folder, name)).length > 0)
}
