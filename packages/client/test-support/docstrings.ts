import { parseSync, Visitor } from 'rolldown/utils'

/** Something that a declaration file declares, or a member of it, such as `Order` and `Order.total`. */
export interface Documented {
  name: string
  /** Whether it can be imported by its name. */
  isExported: boolean
  /** What its docstring says before the example; undefined without a docstring. */
  text: string | undefined
  example: string | undefined
}

interface Spot {
  type: string
  start: number
}

/** Everything in a declaration file that a docstring can stand before. */
export function readDocstrings(declarations: string): Documented[] {
  const { program, comments, errors } = parseSync('index.d.ts', declarations)
  if (errors.length > 0) throw new Error(errors[0]?.message)
  const found: Documented[] = []
  const exported = new Set<string>()
  let path: string[] = []
  let exportedAt = -1
  const add = (name: string, { start }: Spot) => {
    const comment = comments.findLast(({ end }) => end <= start)
    const isBeside = comment !== undefined && declarations.slice(comment.end, start).trim() === ''
    const lines = isBeside ? comment.value.replace(/^\*/, '').replace(/\n\s*\* ?/g, '\n') : undefined
    const [text, example] = lines?.split('@example').map((part) => part.trim()) ?? []
    found.push({ name, isExported: false, text, example })
  }
  const declare = (name: string, spot: Spot) => {
    path = [name]
    add(name, exportedAt < 0 ? spot : { ...spot, start: exportedAt })
    if (exportedAt >= 0) exported.add(name)
    exportedAt = -1
  }
  const member = (node: Spot & { key: Spot }) => {
    path.push(/\w+/.exec(declarations.slice(node.key.start))?.[0] ?? '')
    add(path.join('.'), node)
  }
  const leave = () => void path.pop()
  new Visitor({
    ExportNamedDeclaration: ({ declaration, start }) => {
      exportedAt = declaration ? start : -1
    },
    ExportSpecifier: ({ exported: name }) => {
      if (name.type === 'Identifier') exported.add(name.name)
    },
    TSInterfaceDeclaration: (node) => declare(node.id.name, node),
    TSTypeAliasDeclaration: (node) => declare(node.id.name, node),
    TSDeclareFunction: (node) => declare(node.id?.name ?? '', node),
    ClassDeclaration: (node) => declare(node.id?.name ?? '', node),
    TSPropertySignature: member,
    'TSPropertySignature:exit': leave,
    TSMethodSignature: member,
    'TSMethodSignature:exit': leave,
    PropertyDefinition: member,
    'PropertyDefinition:exit': leave,
    MethodDefinition: member,
    'MethodDefinition:exit': leave,
  }).visit(program)
  return found.map((one) => ({ ...one, isExported: exported.has(one.name) }))
}
