import { readdirSync } from 'node:fs'
import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { pathOf } from './bulk/bulk-options.ts'

const ROW_FILE = /\.(?:csv|jsonl|ndjson|json)$/i

const help = `
Examples:
  source <(jumun completion bash)                            # in ~/.bashrc
  source <(jumun completion zsh)                             # in ~/.zshrc, after compinit
  jumun completion fish > ~/.config/fish/completions/jumun.fish

The scripts call jumun by that name; docs/cli.md says how to have it.`

/** `jumun completion`: what the shells ask is answered from the program's own commands, so it comes after all of them. */
export function addCompletionCommand(program: Command): void {
  const completion = tab(program, { completionCommandName: 'completion' })
  for (const command of completion.commands.values()) {
    for (const { long, description } of program.options) command.option(long?.slice(2) ?? '', description)
    const file = command.options.get('file')
    if (file) command.option('file', file.description, suggestRowFiles)
  }
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description('print the completion script of a shell')
    .addHelpText('after', help)
}

/** Suggests the files in the user's directory that a command may read. */
function suggestRowFiles(suggest: (name: string, description: string) => void): void {
  for (const name of readdirSync(pathOf('.'))) if (ROW_FILE.test(name)) suggest(name, '')
}
