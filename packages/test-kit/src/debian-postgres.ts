import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const HOME = '/usr/lib/postgresql'

/** The newest PostgreSQL server of Debian's packages, and the account that it runs as. Throws where there is none. */
export function findDebianPostgres(): { binaries: string; account: { uid: number; gid: number } } {
  const [version] = readdirSync(HOME).sort((a, b) => Number(b) - Number(a))
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { binaries: join(HOME, `${version}`, 'bin'), account: { uid: id('-u'), gid: id('-g') } }
}
