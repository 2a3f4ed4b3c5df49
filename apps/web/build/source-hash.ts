import { createHash } from 'node:crypto'
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WEB } from './paths.ts'

/** Everything that the built files depend on. */
const SOURCES = [
  '{shop,console}.html',
  'package.json',
  'public/**',
  'project.inlang/settings.json',
  'build/*.ts',
  'messages/**/*.json',
  'src/{shared,shop,console}/**',
  '../../packages/client/src/**',
  '../../packages/contract/src/limits.ts',
  '../../pnpm-lock.yaml',
]

/** A hash over the sources, by which a build that is current is not made again. */
export async function hashSources(): Promise<string> {
  const files: string[] = []
  for await (const entry of glob(SOURCES, { cwd: WEB, withFileTypes: true })) {
    if (entry.isFile()) files.push(join(entry.parentPath, entry.name))
  }
  const hash = createHash('sha256')
  for (const file of files.sort())
    hash
      .update(file.slice(WEB.length))
      .update('\0')
      .update(await readFile(file))
  return hash.digest('hex')
}
