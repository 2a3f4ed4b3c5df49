import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node.js'

const TSC = join(import.meta.dirname, '../node_modules/.bin/tsc')

/** What an editor shows, and the time since the file was opened, in milliseconds. */
export interface EditorResult {
  completions: string[]
  hover: string
  ms: number
}

/**
 * Opens a program with TypeScript's language server, in a project that it has not opened before, and requests the completions at the
 * end of the text and the hover text of the last name before the last line break.
 * Protocol: https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
 */
export async function openInEditor(dir: string, text: string): Promise<EditorResult> {
  const child = spawn(TSC, ['--lsp', '--stdio'], { cwd: dir, stdio: ['pipe', 'pipe', 'ignore'] })
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  )
  connection.onRequest(() => null)
  connection.listen()
  try {
    await connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: pathToFileURL(dir).href,
      capabilities: {},
    })
    await connection.sendNotification('initialized', {})
    const textDocument = { uri: pathToFileURL(join(dir, 'editor.ts')).href }
    const lines = text.split('\n')
    const opened = performance.now()
    await connection.sendNotification('textDocument/didOpen', {
      textDocument: { ...textDocument, languageId: 'typescript', version: 1, text },
    })
    const end = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 }
    const found = await connection.sendRequest<{ items: { label: string }[] }>('textDocument/completion', {
      textDocument,
      position: end,
    })
    const name = { line: lines.length - 2, character: (lines.at(-2)?.length ?? 0) - 1 }
    const hover = await connection.sendRequest<{ contents: { value: string } }>('textDocument/hover', {
      textDocument,
      position: name,
    })
    const ms = performance.now() - opened
    return { completions: found.items.map(({ label }) => label), hover: hover.contents.value, ms }
  } finally {
    connection.dispose()
    child.kill()
  }
}
