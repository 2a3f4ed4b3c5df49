import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll } from 'vitest'

const CLIENT = fileURLToPath(new URL('..', import.meta.url))
const OFFLINE = ['--offline', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps', '--install-links']
/** npm runs several times, which is slow on a busy machine. */
const INSTALL_TIMEOUT_MS = 240_000
const run = promisify(execFile)

/** The versions of tRPC 11 in this workspace: the oldest and the newest that the client supports, and the one that the workspace uses. */
export const trpcVersions = ['oldest', 'own', 'newest'] as const
type TRPCVersion = (typeof trpcVersions)[number]

/** A project outside the workspace that contains only the packed client, tRPC and `expect-type`. */
export interface Project {
  dir: string
  /** The installed client. */
  client: string
}

/** Builds and packs the client for the test file that calls it, and installs it in one project for each version of tRPC. */
export function useInstalledClient() {
  const parent = { dir: '', tarball: '' }
  const projects = Object.fromEntries(
    trpcVersions.map((version): [TRPCVersion, Project] => [version, { dir: '', client: '' }]),
  ) as Record<TRPCVersion, Project>
  beforeAll(async () => {
    parent.dir = await mkdtemp(join(tmpdir(), 'jumun-client-project-'))
    await run(process.execPath, [join(CLIENT, 'build.ts')])
    parent.tarball = await pack('npm', parent.dir)
    for (const version of trpcVersions) Object.assign(projects[version], await install(version, parent))
  }, INSTALL_TIMEOUT_MS)
  afterAll(() => rm(parent.dir, { recursive: true, force: true }))
  return { projects, own: projects.own, parent }
}

async function install(version: TRPCVersion, { dir, tarball }: { dir: string; tarball: string }): Promise<Project> {
  const project = join(dir, version)
  await mkdir(project)
  await writeFile(join(project, 'package.json'), '{}')
  const trpc =
    version === 'own' ? ['@trpc/client', '@trpc/server'] : [`trpc-client-${version}`, `trpc-server-${version}`]
  const folders = await Promise.all(
    [...trpc, 'expect-type'].map((name) => realpath(join(CLIENT, 'node_modules', name))),
  )
  await run('npm', ['install', ...OFFLINE, tarball, ...folders], { cwd: project })
  return { dir: project, client: join(project, 'node_modules/@jumun/client') }
}

/** Packs `dist` without scripts and returns the path of the tarball. */
export async function pack(program: 'npm' | 'pnpm', parent: string): Promise<string> {
  const destination = await mkdtemp(join(parent, `${program}-`))
  const args = ['pack', '--ignore-scripts', '--pack-destination', destination]
  await run(program, args, { cwd: join(CLIENT, 'dist') })
  const [tarball = ''] = await readdir(destination)
  return join(destination, tarball)
}

/** What `pnpm publish` would upload: the SHA-1 of the tarball and its files. Contacts no registry. */
export async function dryPublish(): Promise<{ shasum: string; files: string[] }> {
  const args = ['publish', '--dry-run', '--no-git-checks', '--ignore-scripts', '--json']
  const { stdout } = await run('pnpm', args, { cwd: join(CLIENT, 'dist') })
  const { shasum, files }: { shasum: string; files: { path: string }[] } = JSON.parse(stdout)
  return { shasum, files: files.map(({ path }) => path).sort() }
}

/** The contents of a package by file name. The manifest is parsed, because npm and pnpm format it differently. */
export async function contentsOf(tarball: string, parent: string): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(parent, 'unpacked-'))
  await run('tar', ['-xzf', tarball, '-C', folder])
  const names = (await readdir(join(folder, 'package'))).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(folder, 'package', name), 'utf8')))
  return Object.fromEntries(
    names.map((name, index) => [name, name === 'package.json' ? JSON.parse(texts[index] ?? '') : texts[index]]),
  )
}

export async function sha1Of(file: string): Promise<string> {
  return createHash('sha1')
    .update(await readFile(file))
    .digest('hex')
}

/** Copies a project to a new folder, in which nothing has been compiled yet. */
export async function copyOf({ dir }: Project, parent: string): Promise<string> {
  const copy = await mkdtemp(join(parent, 'copy-'))
  await cp(dir, copy, { recursive: true })
  return copy
}

/** Runs a program of this workspace in a project. Rejects with its output if it fails. */
export async function runIn(dir: string, program: string, args: string[], env: Record<string, string> = {}) {
  const bin = join(CLIENT, 'node_modules/.bin', program)
  const file = program === 'node' ? process.execPath : bin
  return run(file, args, { cwd: dir, env: { PATH: process.env['PATH'], ...env } }).catch(({ message, stdout }) => {
    throw new Error(`${message}\n${stdout}`)
  })
}
