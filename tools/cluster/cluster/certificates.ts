import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './daemon.ts'

/** An authority of the test's own, and one certificate for all of loopback, as each machine of a real cluster has one. */
export interface Certificates {
  directory: string
  authority: string
  certificate: string
  key: string
}

const DAYS = '2'

/** Makes them in a folder that the account of PostgreSQL owns. */
export async function makeCertificates(parent: string, account: { uid: number; gid: number }): Promise<Certificates> {
  const directory = join(parent, 'tls')
  await mkdir(directory)
  const file = (name: string) => join(directory, name)
  const newKey = (key: string) => [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    key,
  ]
  const authority = ['-x509', '-days', DAYS, '-subj', '/CN=authority of the test', '-out', file('ca.crt')]
  await run('openssl', ['req', ...newKey(file('ca.key')), ...authority])
  const request = ['-subj', '/CN=machine of the test', '-out', file('server.csr')]
  await run('openssl', ['req', ...newKey(file('server.key')), ...request])
  await writeFile(file('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
  const signed = ['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-CAcreateserial', '-extfile', file('names')]
  await run('openssl', [
    'x509',
    '-req',
    '-days',
    DAYS,
    '-in',
    file('server.csr'),
    ...signed,
    '-out',
    file('server.crt'),
  ])
  for (const name of ['ca.crt', 'server.crt', 'server.key']) await chown(file(name), account.uid, account.gid)
  return { directory, authority: file('ca.crt'), certificate: file('server.crt'), key: file('server.key') }
}
