import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

// `npm pack` takes the manifest as it stands, which is the workspace's: its exports are TypeScript and its versions those of
// the catalog. So when npm has packed this folder, what was built goes over it: the same file, with the package in `dist`.

const { INIT_CWD: cwd = '.', npm_config_pack_destination: destination = '.' } = process.env
const dist = join(import.meta.dirname, 'dist')
const { status } = spawnSync('npm', ['pack', dist, '--pack-destination', destination], {
  cwd,
  stdio: ['ignore', 'ignore', 'inherit'],
  shell: process.platform === 'win32',
})
process.exitCode = status ?? 1
