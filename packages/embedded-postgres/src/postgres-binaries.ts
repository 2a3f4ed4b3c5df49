import { z } from 'zod'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'

const binariesModule = z.object({ initdb: z.string(), pg_ctl: z.string(), postgres: z.string() })

/** Absolute paths of the programs of a PostgreSQL server. */
export type PostgresBinaries = z.infer<typeof binariesModule>

/** initdb starts the server through a shell, with the path in double quotes and unescaped. */
const EXPANDED_BY_SHELL = /[$`"\\\r\n]/

/**
 * Finds the server programs that were installed for this platform with the package `@embedded-postgres/<os>-<cpu>`.
 *
 * @throws EmbeddedPostgresError when they are not installed, or when their path cannot be run
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const binaries = binariesModule.safeParse(await import(`@embedded-postgres/${platform}`).catch(() => undefined))
  if (!binaries.success)
    throw new EmbeddedPostgresError(
      `No embedded PostgreSQL is installed for ${platform}: install again with optional dependencies, ` +
        'or set DATABASE_URL to a PostgreSQL 15 or later',
    )
  if (process.platform !== 'win32' && EXPANDED_BY_SHELL.test(binaries.data.postgres))
    throw new EmbeddedPostgresError(
      `PostgreSQL cannot be started from ${JSON.stringify(binaries.data.postgres)}: ` +
        'move the installation to a path without $, `, ", \\ and line breaks, or set DATABASE_URL',
    )
  return binaries.data
}
