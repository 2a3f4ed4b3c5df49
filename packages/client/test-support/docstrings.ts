import { parseSync, Visitor } from 'rolldown/utils'

/** A declaration of a declaration file or a member of one, such as `Order` and `Order.total`. */
export interface Documented {
  name: string
  /** Whether it is exported under its name. */
  isExported: boolean
  /** Its docstring up to the example; undefined without a docstring. */
  text: string | undefined
  example: string | undefined
}

interface Position {
  type: string
  start: number
}

/** Reads all declarations and members that can have a docstring. */
export function readDocstrings(declarations: string): Documented[] {
  const { program, comments, errors } = parseSync('index.d.ts', declarations)
  if (errors.length > 0) throw new Error(errors[0]?.message)
  const found: Documented[] = []
  const exported = new Set<string>()
  let path: string[] = []
  let exportedAt = -1
  const add = (name: string, { start }: Position) => {
    const comment = comments.findLast(({ end }) => end <= start)
    const isAdjacent = comment !== undefined && declarations.slice(comment.end, start).trim() === ''
    const lines = isAdjacent ? comment.value.replace(/^\*/, '').replace(/\n\s*\* ?/g, '\n') : undefined
    const [text, example] = lines?.split('@example').map((part) => part.trim()) ?? []
    found.push({ name, isExported: false, text, example })
  }
  const declare = (name: string, position: Position) => {
    path = [name]
    add(name, exportedAt < 0 ? position : { ...position, start: exportedAt })
    if (exportedAt >= 0) exported.add(name)
    exportedAt = -1
  }
  const member = (node: Position & { key: Position }) => {
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
