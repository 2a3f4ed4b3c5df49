import tab, { ShellCompDirective } from '@bomb.sh/tab'
import addTab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import type { GlobalOptions } from '../../connect.ts'
import { printResult, write } from '../../terminal/output.ts'
import { bashScript } from './bash-script.ts'

const SHELLS = ['bash', 'zsh', 'fish']
const TOPICS = ['products', 'orders', 'delivery', 'product:', 'member:']
const ROW_FILE_EXTENSIONS = ['csv', 'jsonl', 'ndjson', 'json']
const DESCRIPTION = 'print the completion script of a shell'

const help = `
Examples:
  source <(jumun completion bash)                            # in ~/.bashrc
  source <(jumun completion zsh)                             # in ~/.zshrc, after compinit
  jumun completion fish > ~/.config/fish/completions/jumun.fish

The scripts call a command named jumun; docs/cli.md shows how to define it.`

/** Adds `jumun completion` and the hidden command that the scripts call. Add it last: it completes the commands added before. */
export function addCompletionCommand(program: Command): void {
  addTab(program, { completionCommandName: 'completion' })
  for (const command of tab.commands.values())
    for (const { long, description } of program.options) command.option(long?.slice(2) ?? '', description)
  const known = tab.commands.get('completion')
  if (known) known.description = DESCRIPTION
  known?.argument('shell', (suggest) => SHELLS.forEach((shell) => void suggest(shell, '')))

  tab.commands
    .get('watch')
    ?.option('topic', 'what to follow', (suggest) => TOPICS.forEach((topic) => void suggest(topic, '')))

  const commandOf = (name: string) => program.commands.find((command) => command.name() === name)
  const completion = commandOf('completion')
  completion?.registeredArguments[0]?.choices(SHELLS)
  completion
    ?.description(DESCRIPTION)
    .addHelpText('after', help)
    .action((shell: string, _options: object, command: Command) => {
      printResult({ shell, script: scriptFor(shell) }, command.optsWithGlobals<GlobalOptions>(), ({ script }) => script)
    })
  commandOf('complete')?.action((words: string[]) => {
    write(process.stdout, complete(words))
  })
}

/** The library's script for bash evaluates the line and file names, so bash has a script of ours. */
function scriptFor(shell: string): string {
  return shell === 'bash' ? bashScript : capture(() => tab.setup('jumun', 'jumun', shell))
}

/**
 * Makes the reply to a completion script: one suggestion a line, then a directive of the library. For files the directive makes
 * the shell complete names, because the shell knows directories and quoting.
 */
function complete(words: string[]): string {
  let wantsFile = false
  const onFile = () => {
    wantsFile = true
  }
  for (const command of tab.commands.values()) {
    const file = command.options.get('file')
    if (file) command.option('file', file.description, onFile)
  }
  const suggestions = capture(() => tab.parse(words))
  if (!wantsFile) return suggestions
  return `${ROW_FILE_EXTENSIONS.join('\n')}\n:${ShellCompDirective.ShellCompDirectiveFilterFileExt}\n`
}

/** Captures what the library prints: it writes to the console only. */
function capture(print: () => void): string {
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
