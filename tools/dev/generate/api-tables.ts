import { type Access, errorsOf, type Procedure, problems, procedures, takesIdempotencyKey } from '@jumun/contract'
import type { z } from 'zod'

const WHO: Record<Access, string> = {
  anyone: 'anyone',
  member: 'member',
  owner: 'member',
  admin: 'admins',
  'self-charge': 'admins; members where `ALLOW_SELF_CHARGE` is on',
  topics: 'anyone, for products; member',
}

/** The table of procedures in `docs/api.md`. */
export function procedureTable(): string {
  const rows = Object.entries(procedures).map(([name, procedure]: [string, Procedure]) => {
    const { method, path, access, summary } = procedure
    const query = method === 'DELETE' || method === 'GET' ? requiredInQuery(procedure) : ''
    const errors = errorsOf(procedure).map((code) => `\`${code}\``)
    return [
      summary,
      `\`${method} /api${path}${query}\``,
      `\`${name}\``,
      WHO[access],
      takesIdempotencyKey(procedure) ? 'yes' : '',
      errors.join(', '),
    ]
  })
  return table(['Does', 'REST', 'tRPC', 'Who', 'Key', 'Problems of its own'], rows)
}

function requiredInQuery({ input, path }: Procedure): string {
  const names = Object.entries(input.shape as Record<string, z.ZodType>)
    .filter(([name, schema]) => !path.includes(`{${name}}`) && !schema.safeParse(undefined).success)
    .map(([name]) => `${name}=`)
  return names.length > 0 ? `?${names.join('&')}` : ''
}

/** The table of problems in `docs/api.md`. */
export function problemTable(): string {
  const rows = Object.entries(problems).map(([code, { status, description, details }]) => {
    const fields = Object.keys(details.shape).map((name) => `\`${name}\``)
    return [`\`${code}\``, String(status), fields.join(', '), description]
  })
  return table(['Code', 'Status', 'Details', 'Meaning'], rows)
}

/** A table in Markdown. */
export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`.replace(/\| {2}(?=\|)/g, '| ')
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
