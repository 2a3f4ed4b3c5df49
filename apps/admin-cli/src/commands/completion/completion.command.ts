import tab, { ShellCompDirective } from '@bomb.sh/tab'
import addTab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import type { GlobalOptions } from '../../connect.ts'
import { printResult } from '../../terminal/output.ts'
import { bashScript } from './bash-script.ts'

const SHELLS = ['bash', 'zsh', 'fish']
const ROW_FILE_EXTENSIONS = ['csv', 'jsonl', 'ndjson', 'json']
const DESCRIPTION = 'print the completion script of a shell'

const help = `
Examples:
  source <(jumun completion bash)                            # in ~/.bashrc
  source <(jumun completion zsh)                             # in ~/.zshrc, after compinit
  jumun completion fish > ~/.config/fish/completions/jumun.fish

The scripts call jumun by that name; docs/cli.md says how to have it.`

/** `jumun completion`: what the shells ask is answered from the program's own commands, so it comes after all of them. */
export function addCompletionCommand(program: Command): void {
  addTab(program, { completionCommandName: 'completion' })
  for (const command of tab.commands.values())
    for (const { long, description } of program.options) command.option(long?.slice(2) ?? '', description)
  const known = tab.commands.get('completion')
  if (known) known.description = DESCRIPTION
  known?.argument('shell', (suggest) => SHELLS.forEach((shell) => void suggest(shell, '')))

  const commandOf = (name: string) => program.commands.find((command) => command.name() === name)
  const completion = commandOf('completion')
  completion?.registeredArguments[0]?.choices(SHELLS)
  completion
    ?.description(DESCRIPTION)
    .addHelpText('after', help)
    .action((shell: string, _options: object, command: Command) => {
      printResult({ shell, script: scriptOf(shell) }, command.optsWithGlobals<GlobalOptions>(), ({ script }) => script)
    })
  commandOf('complete')?.action((words: string[]) => {
    process.stdout.write(answer(words))
  })
}

/** That of the library for bash evaluates what stands on the line and the names of files. */
function scriptOf(shell: string): string {
  return shell === 'bash' ? bashScript : printed(() => tab.setup('jumun', 'jumun', shell))
}

/**
 * What may come next, a line each, and at last what to do about it, as the library's scripts understand it. Files are for the shell to
 * find: it knows folders, and how to write a name down so that it is a name and nothing else.
 */
function answer(words: string[]): string {
  let wantsFile = false
  const onFile = () => {
    wantsFile = true
  }
  for (const command of tab.commands.values()) {
    const file = command.options.get('file')
    if (file) command.option('file', file.description, onFile)
  }
  const suggestions = printed(() => tab.parse(words))
  if (!wantsFile) return suggestions
  return `${ROW_FILE_EXTENSIONS.join('\n')}\n:${ShellCompDirective.ShellCompDirectiveFilterFileExt}\n`
}

/** The library prints to the console, and nowhere else. */
function printed(print: () => void): string {
  const { log } = console
  let text = ''
  try {
    console.log = (line: string) => {
      text += `${line}\n`
    }
    print()
  } finally {
    console.log = log
  }
  return text
}
