import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BASE } from './base.ts'

/**
 * Writes commands `buildah` and `podman` that keep their images in a folder, and add what a documented command leaves to the machine: there is
 * no registry of images, no systemd, and perhaps only the older hierarchy of control groups, with which crun does not run.
 *
 * @returns the folder to put before the others in PATH
 */
export async function writeWrappers(directory: string, options: { port: number; store: string }): Promise<string> {
  const folder = join(directory, 'bin')
  await mkdir(folder)
  const storage = `--root "${directory}/images" --runroot "${directory}/run"`
  const build = `--pull-never --build-arg BASE=${BASE} --volume "${options.store}":/root/.local/share/pnpm/store`
  const settings = `--env HOST=127.0.0.1 --env PORT=${options.port}`
  const sandbox = `--cgroups=disabled --no-healthcheck --ulimit nofile=4096:4096 --ulimit nproc=4096:4096 ${settings}`
  const scripts = {
    buildah: `
      ${addTo('build', build)}
      exec /usr/bin/buildah ${storage} "$@"`,
    podman: `
      if [ "$1" = run ] && [ ! -f /sys/fs/cgroup/cgroup.controllers ] && [ -z "$JUMUN_TEST_UNSHARED" ]; then
        JUMUN_TEST_UNSHARED=1 exec unshare --mount sh -c 'umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' sh "$0" "$@"
      fi
      ${addTo('run', sandbox)}
      exec /usr/bin/podman ${storage} --cgroup-manager cgroupfs "$@"`,
  }
  for (const [name, script] of Object.entries(scripts))
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return folder
}

function addTo(command: string, options: string): string {
  return `if [ "$1" = ${command} ]; then shift; set -- ${command} ${options} "$@"; fi`
}
