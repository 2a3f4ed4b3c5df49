import {
  type Access,
  chapters,
  contract,
  errorsOf,
  isQuery,
  type Procedure,
  type ProcedureGroup,
  procedures,
  takesIdempotencyKey,
} from '@jumun/contract'
import { z } from 'zod'
import { table } from './api-tables.ts'
import { docstring, literal } from './typescript.ts'

const WHO: Record<Access, string> = {
  anyone: 'Anyone may call it.',
  member: 'For the member and admins.',
  owner: "For the order's member and admins.",
  admin: 'For admins.',
  'self-charge': '',
  topics: '',
}

/** `procedures.gen.ts` of the client: every procedure with what it does, who may call it, its errors and an example. */
export function clientProcedures(): string {
  const groups = Object.entries<ProcedureGroup>(contract)
  const types = new Set(
    Object.values<Procedure>(procedures)
      .filter(isCalled)
      .flatMap(({ input, output }) => [idOf(input), idOf(output)]),
  )
  return [
    `import type { CallOptions } from './calls.ts'`,
    `import type { ${[...types].sort().join(', ')} } from './types.gen.ts'`,
    '',
    all(groups),
    ...groups.map(([group, members]) => interfaceOf(group, members)),
  ].join('\n')
}

function all(groups: [string, ProcedureGroup][]): string {
  const doc = [
    'Every procedure of the API. Beside its own errors, any call may fail with `BAD_REQUEST`, `UNAUTHENTICATED`, `TOO_MANY_REQUESTS`,',
    '`UNAVAILABLE`, `INTERNAL`, `UNREACHABLE` and `ABORTED`.',
    '@example const pay = ({ payment }: Procedures, orderId: string) => payment.pay.mutate({ orderId })',
  ].join('\n')
  const lines = groups.map(([group]) => {
    const chapter = chapters.find(({ groups }) => groups.some((one) => one === group))
    return `${docstring(`${chapter?.description}.`)}\n${group}: ${interfaceName(group)}`
  })
  return `${docstring(doc)}\nexport interface Procedures {\n${lines.join('\n')}\n}\n`
}

function interfaceOf(group: string, members: ProcedureGroup): string {
  const called = Object.entries(members).filter(([, procedure]) => isCalled(procedure))
  const lines = called.map(([name, procedure]) => {
    const verb = isQuery(procedure) ? 'query' : 'mutate'
    const call = `${verb}(input: ${idOf(procedure.input)}, options?: CallOptions): Promise<${idOf(procedure.output)}>`
    const example = `@example await jumun.${group}.${name}.${verb}(${literal(procedure.example)})`
    const doc = docstring(`${sentences(procedure)}\n${example}`)
    return `${docstring(`${procedure.summary}.`)}\n${name}: {\n${doc}\n${call}\n}`
  })
  return `interface ${interfaceName(group)} {\n${lines.join('\n')}\n}\n`
}

/** Subscriptions have a method of their own, `changes`. */
function isCalled({ stream }: Procedure): boolean {
  return stream !== true
}

function sentences(procedure: Procedure): string {
  const { summary, description, access, returns } = procedure
  const text = [`${summary}.`, description, WHO[access], retries(procedure)].filter(Boolean).join(' ')
  const errors = errorsOf(procedure).map((code) => `\`${code}\``)
  return [text, `Answers: ${returns}.`, ...(errors.length > 0 ? [`Errors: ${errors.join(', ')}.`] : [])].join('\n')
}

function retries(procedure: Procedure): string {
  if (isQuery(procedure) || procedure.repeatable === true) return ''
  if (takesIdempotencyKey(procedure)) return 'Retries carry the same idempotency key, so it takes effect once.'
  if (procedure.repeatable === 'with-item-keys') return 'Retried after a lost reply only where every item has a key.'
  return 'Not retried after a lost reply.'
}

const namesOf = (is: (procedure: Procedure) => boolean) =>
  Object.entries(procedures).flatMap(([name, procedure]) => (is(procedure) ? [name] : []))

const keyed = namesOf(takesIdempotencyKey)
const repeatable = namesOf(({ repeatable }) => repeatable === true)
const withKeys = namesOf(({ repeatable }) => repeatable === 'with-item-keys')

/** `retries.gen.ts` of the client: what the retry link needs to know of each procedure. */
export function clientRetries(): string {
  const list = (names: string[]) => `new Set(${literal(names)})`
  return [
    docstring('Procedures that take an idempotency key.'),
    `export const takesIdempotencyKey: ReadonlySet<string> = ${list(keyed)}\n`,
    docstring('Mutations without a key that may be repeated when their reply is lost.'),
    `export const isRepeatable: ReadonlySet<string> = ${list(repeatable)}\n`,
    docstring('Mutations that may be repeated when every item has a key.'),
    `export const isRepeatableWithItemKeys: ReadonlySet<string> = ${list(withKeys)}\n`,
  ].join('\n')
}

/** The table of retries in the client's `README.md`. */
export function retryTable(): string {
  const others = namesOf((procedure) => !isQuery(procedure)).filter((name) => ![...keyed, ...repeatable].includes(name))
  const list = (names: string[]) => names.map((name) => `\`${name}\``).join(', ')
  const not = 'not retried, because a second execution could have another effect or result'
  return table(
    ['Call', 'network failure, `UNAVAILABLE`', '`TOO_MANY_REQUESTS`'],
    [
      ['queries', 'retried', 'retried'],
      [list(keyed), 'retried with the same idempotency key', 'retried'],
      [`${list(repeatable)}; ${list(withKeys)} if every item has a \`key\``, 'retried', 'retried'],
      [list(others), not, 'retried'],
    ],
  )
}

function interfaceName(group: string): string {
  return `${group.charAt(0).toUpperCase()}${group.slice(1)}Procedures`
}

function idOf(schema: z.ZodType): string {
  const { id } = z.globalRegistry.get(schema) ?? {}
  if (id === undefined) throw new Error('Every input and output needs an id: the SDK names its type after it.')
  return id
}
