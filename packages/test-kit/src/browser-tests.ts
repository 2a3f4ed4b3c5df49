import { globSync, readFileSync } from 'node:fs'
import type { Reporter } from 'vitest/node'

/** The test files that open pages in a browser: those of `apps/web` that use its `test-support` for it. */
export function browserTests(): string[] {
  const files = globSync('apps/web/test/**/*.test.ts')
  return files.filter((file) => /test-support\/(use-web|browser|open-context)\.ts'/.test(readFileSync(file, 'utf8')))
}

/** Reports at the end of a run which tests `JUMUN_NO_BROWSER=1` left out, so that nobody mistakes it for a complete run. */
export class LeftOut implements Reporter {
  readonly #files: string[]

  constructor(files: string[]) {
    this.#files = files
  }

  onTestRunEnd(): void {
    const list = this.#files.map((file) => `  ${file}\n`).join('')
    process.stderr.write(
      `\nNOT RUN, because JUMUN_NO_BROWSER is set: ${this.#files.length} files with tests in a browser.\n${list}`,
    )
  }
}
