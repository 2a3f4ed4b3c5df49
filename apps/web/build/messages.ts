import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { compile } from '@inlang/paraglide-js'
import { WEB } from './paths.ts'

/** Where the compiled messages are; not committed. */
const OUTPUT = join(WEB, 'src/messages')

/** Compiles `messages/<area>/<language>.json` to one function a message. */
export async function compileMessages(): Promise<void> {
  await rm(OUTPUT, { recursive: true, force: true })
  await compile({
    project: join(WEB, 'project.inlang'),
    outdir: OUTPUT,
    strategy: ['globalVariable', 'baseLocale'],
    isServer: 'false',
    emitGitIgnore: false,
    emitPrettierIgnore: false,
  })
}
