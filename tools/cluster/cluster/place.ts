import type { Certificates } from './certificates.ts'

/** Where everything of a cluster is, and the account that PostgreSQL runs as. */
export interface Place {
  directory: string
  account: { uid: number; gid: number }
  binaries: string
  certificates: Certificates
}
