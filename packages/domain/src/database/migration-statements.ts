import { migrationsList } from './migrations/index.ts'

const DROPPED_TABLE = /\bdrop\s+table\s+(?:if\s+exists\s+)?"?(\w+)/gi
const ALTERED_TABLE = /\balter\s+table\s+"?(\w+)"?\s([^;]*)/gi
const DROPPED_COLUMN = /\bdrop\s+column\s+(?:if\s+exists\s+)?"?(\w+)/gi

/** What a statement takes away or changes that an older release may use. An index is no part of what it uses. */
const TAKES_AWAY = /\b(?:drop\s+(?!index\b)\w+|rename\s|alter\s+column\s)/i
const CONSTRAINS =
  /\balter\s+table\s+"?(\w+)"?\s[^;]*\badd\s+constraint\b|\bcreate\s+unique\s+index\s[^;]*\son\s+"?(\w+)/gi

/** Something that a statement drops. */
export interface Dropped {
  table: string
  /** Undefined: the whole table. */
  column?: string
}

/** Stands for the database, which a migration may ask for the name of an operator. */
const NO_DATABASE = { execute: async () => [{ name: '' }] }

/** Whether a migration of this release can be reverted. */
export function isReversible(name: string): boolean {
  const Migration = migrationsList.find((one) => one.name === name)?.class
  return Migration !== undefined && Object.hasOwn(Migration.prototype, 'down')
}

/** The statements of a migration, without running them; none if this release does not have it. */
export async function statementsOf(name: string, direction: 'up' | 'down'): Promise<string> {
  const Migration = migrationsList.find((one) => one.name === name)?.class
  if (!Migration) return ''
  const migration = new Migration(NO_DATABASE as never, undefined as never)
  await migration[direction]()
  return migration.getQueries().join(';\n')
}

/** The tables and columns that statements drop. */
export function droppedBy(sql: string): Dropped[] {
  const tables = [...sql.matchAll(DROPPED_TABLE)].map(([, table = '']) => ({ table }))
  const columns = [...sql.matchAll(ALTERED_TABLE)].flatMap(([, table = '', change = '']) =>
    [...change.matchAll(DROPPED_COLUMN)].map(([, column = '']) => ({ table, column })),
  )
  return [...tables, ...columns]
}

/** Whether processes of an older release may fail once these statements were run: they do more than add. */
export function breaksOlder(sql: string): boolean {
  if (TAKES_AWAY.test(sql)) return true
  const tables = [...sql.matchAll(CONSTRAINS)].map(([, altered, indexed]) => altered ?? indexed)
  // A constraint on what is new touches no older statement.
  return tables.some(
    (table) =>
      !new RegExp(
        `\\b(?:create\\s+table|alter\\s+table)\\s+"?${table}"?\\s(?:[^;]*\\badd\\s+column|\\s*\\()`,
        'i',
      ).test(sql),
  )
}
