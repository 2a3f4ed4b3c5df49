import { chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Place } from './place.ts'
import { copyRecipe } from './recipe.ts'

/** Prepares the archive of a machine: here all share a folder, and a real shop has a store elsewhere. Returns the settings' file. */
export async function prepareBackups({ directory, account }: Place, name: string, port: number): Promise<string> {
  const [home, repository] = [join(directory, name), join(directory, 'backups')]
  const [spool, logs] = [join(home, 'spool'), join(home, 'pgbackrest-log')]
  for (const folder of [repository, spool, logs]) {
    await mkdir(folder, { recursive: true })
    await chown(folder, account.uid, account.gid)
  }
  return copyRecipe('pgbackrest/pgbackrest.conf', join(home, 'pgbackrest.conf'), {
    'repo1-type=s3': 'repo1-type=posix',
    'repo1-path=/jumun': `repo1-path=${repository}\nlog-path=${logs}\nlock-path=${home}`,
    'repo1-s3-bucket=jumun-backup\n': '',
    'repo1-s3-endpoint=s3.example.com\n': '',
    'repo1-s3-region=eu-1\n': '',
    'repo1-s3-key=set-me\n': '',
    'repo1-s3-key-secret=set-me\n': '',
    'repo1-cipher-pass=set-me': 'repo1-cipher-pass=of-the-test',
    '/var/spool/pgbackrest': spool,
    '/var/lib/postgresql/15/jumun': join(home, 'data'),
    'pg1-port=5432': `pg1-port=${port}`,
  })
}
