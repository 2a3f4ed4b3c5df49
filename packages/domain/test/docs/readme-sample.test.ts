import { execFileSync } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const root = resolve(import.meta.dirname, '../../../..')

test.each(['README.md', 'README.ko.md'])(
  'the file that %s has the reader save in the repository does not fail the lint',
  async (page) => {
    const text = await readFile(join(root, page), 'utf8')
    const [, name = '', code = ''] = /`([\w.-]+\.ts)`[\s\S]*?```ts\n([\s\S]*?)```/.exec(text) ?? []
    expect(code).toContain('createJumunClient')
    const copy = await mkdtemp(join(tmpdir(), 'jumun-readme-'))
    onTestFinished(() => rm(copy, { recursive: true }))
    for (const file of ['biome.json', '.editorconfig', '.gitignore']) await copyFile(join(root, file), join(copy, file))
    const config = join(copy, 'biome.json')
    await writeFile(config, (await readFile(config, 'utf8')).replace('./node_modules', `${root}/node_modules`))
    await writeFile(join(copy, name), code)
    const lint = () => execFileSync(join(root, 'node_modules/.bin/biome'), ['check', '.'], { cwd: copy, stdio: 'pipe' })
    expect(lint).not.toThrow()
  },
)
