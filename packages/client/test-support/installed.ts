import { execFile } from 'node:child_process'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll } from 'vitest'

const CLIENT = fileURLToPath(new URL('..', import.meta.url))
const OFFLINE = ['--offline', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps', '--install-links']
/** npm starts three times, which takes a busy machine its time. */
const INSTALL_TIMEOUT_MS = 240_000
const run = promisify(execFile)

/** A project outside the workspace, with nothing in it but the packed client and, from this workspace, what it and the tests depend on. */
export function useEmptyProject() {
  const project = { dir: '', tarball: '', client: '' }
  beforeAll(async () => {
    project.dir = await mkdtemp(join(tmpdir(), 'jumun-client-project-'))
    const { stdout } = await run('npm', ['pack', '-s', '--pack-destination', project.dir], { cwd: CLIENT })
    project.tarball = join(project.dir, stdout.trim())
    project.client = join(project.dir, 'node_modules/@jumun/client')
    await writeFile(join(project.dir, 'package.json'), '{}')
    const ofWorkspace = await Promise.all(['@trpc/server', '@trpc/client', 'expect-type'].map(folderOf))
    await run('npm', ['install', ...OFFLINE, project.tarball, ...ofWorkspace], { cwd: project.dir })
  }, INSTALL_TIMEOUT_MS)
  afterAll(() => rm(project.dir, { recursive: true, force: true }))
  return project
}

/** Where a package of this workspace is. */
function folderOf(name: string): Promise<string> {
  return realpath(join(CLIENT, 'node_modules', name))
}

/** Runs a program of this workspace in a project. Rejects with all that it said when it fails. */
export async function runIn(dir: string, program: string, args: string[], env: Record<string, string> = {}) {
  const bin = join(CLIENT, 'node_modules/.bin', program)
  const file = program === 'node' ? process.execPath : bin
  return run(file, args, { cwd: dir, env: { PATH: process.env['PATH'], ...env } }).catch(({ message, stdout }) => {
    throw new Error(`${message}\n${stdout}`)
  })
}
