import { existsSync } from 'node:fs'
import { readFile, realpath, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ROOT } from './commands.ts'
import { run } from './run.ts'

/** The name of the base that stands for the official image of Node.js, which cannot be reached without a registry of images. */
export const BASE = 'localhost/jumun-test-base'

/** Makes a base of Debian with the Node.js and npm that run this program. The folder keeps Debian's part of it for the next time. */
export async function makeBase(folder: string, env: Record<string, string>): Promise<void> {
  const version = (await readFile(join(ROOT, '.node-version'), 'utf8')).trim()
  if (process.version !== `v${version}`) throw new Error(`Run this with Node.js ${version}, by npm run test:image.`)
  const npm = process.env['npm_execpath'] ?? ''
  if (!npm.endsWith('npm-cli.js')) throw new Error('Run this by npm run test:image.')
  if (!existsSync(folder)) {
    // What the official image has beside Debian's own.
    await run(
      `debootstrap --variant=minbase --include=libatomic1,ca-certificates "$(. /etc/os-release && echo "$VERSION_CODENAME")" "${folder}.new"`,
      ROOT,
      env,
    )
    await rename(`${folder}.new`, folder)
  }
  const commands = [
    'c=$(buildah from scratch)',
    `buildah add --quiet $c "${folder}" /`,
    `buildah add --quiet $c "${await realpath(process.execPath)}" /usr/local/bin/node`,
    `buildah add --quiet $c "${dirname(dirname(await realpath(npm)))}" /usr/local/lib/node_modules/npm`,
    'buildah run $c -- ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm',
    'buildah run $c -- ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx',
    // Where the connection to the registry of packages is inspected by a proxy.
    ...(env['NODE_EXTRA_CA_CERTS'] === undefined
      ? []
      : [
          'buildah add --quiet $c "$NODE_EXTRA_CA_CERTS" /etc/ssl/extra.crt',
          'buildah config --env NODE_EXTRA_CA_CERTS=/etc/ssl/extra.crt $c',
        ]),
    'buildah config --env PATH=/usr/local/bin:/usr/bin:/bin $c',
    `buildah commit --quiet $c ${BASE}`,
    'buildah rm $c',
  ]
  await run(commands.join(' && '), ROOT, env)
}
