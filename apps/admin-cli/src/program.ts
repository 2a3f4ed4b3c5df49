import { Command, Help, Option } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { addAuditCommand } from './commands/audit/audit.command.ts'
import { addCompletionCommand } from './commands/completion/completion.command.ts'
import { addMemberCommands } from './commands/members/members.commands.ts'
import { addOrderCommands } from './commands/orders/orders.commands.ts'
import { addOutboxCommands } from './commands/outbox/outbox.commands.ts'
import { addPointCommands } from './commands/points/points.commands.ts'
import { addProductCommands } from './commands/products/products.commands.ts'
import { addReconcileCommand } from './commands/reconcile/reconcile.command.ts'
import { addTokenCommand } from './commands/token/token.command.ts'
import { addTopCommand } from './commands/top/top.command.ts'
import { addWatchCommand } from './commands/watch/watch.command.ts'
import { explain, setRunningCommand } from './failure.ts'
import { write } from './terminal/output.ts'

const help = `
Examples:
  jumun points charge mina 10000
  jumun products seed --count 100000
  jumun products list --search tea --json
  jumun --url https://shop.example --token "$TOKEN" orders list mina
  jumun products seed --help

In the repository: npm run -s jumun -- points charge mina 10000

Where the API runs from DATA_DIR (by default .data) on this machine, neither address nor token is needed.
Data goes to stdout, everything else to stderr. NO_COLOR turns colours off.

Exit codes: 0 done; 1 refused, not all done, or an invariant broken; 2 wrong usage, nothing done; 3 server unreachable;
130 stopped by Ctrl-C.`

/**
 * Runs one command. Data goes to stdout, everything else to stderr.
 *
 * @param args the command line without the program's name
 * @returns the exit code: 0 done, 1 refused, 2 wrong usage, 3 server unreachable, 130 stopped by Ctrl-C
 */
export async function run(args: string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    const { line, exitCode } = explain(error)
    if (line !== undefined) write(process.stderr, `${line}\n`)
    return exitCode
  } finally {
    setRunningCommand(undefined)
  }
}

/** Makes the program with all commands. It throws instead of ending the process. */
export function createProgram(): Command {
  const program = new Command('jumun')
    .description('Runs a Jumun shop from the command line.')
    .version(manifest.version)
    .addOption(new Option('--url <address>', 'address of the API').env('JUMUN_URL'))
    .addOption(new Option('--token <token>', "an admin's token").env('JUMUN_TOKEN'))
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => write(process.stdout, text),
      writeErr: (text) => write(process.stderr, text),
    })
    .hook('preAction', (_program, command) => setRunningCommand(command))
  addPointCommands(program)
  addMemberCommands(program)
  addProductCommands(program)
  addOrderCommands(program)
  addAuditCommand(program)
  addReconcileCommand(program)
  addOutboxCommands(program)
  addTopCommand(program)
  addWatchCommand(program)
  addTokenCommand(program)
  addCompletionCommand(program)
  return program.configureHelp({ formatHelp })
}

/** Lists every command in the program's help, not only the groups. */
function formatHelp(command: Command, helper: Help): string {
  return Help.prototype.formatHelp.call(helper, command, Object.assign(helper, { visibleCommands, subcommandTerm }))
}

function visibleCommands(this: Help, command: Command): Command[] {
  return Help.prototype.visibleCommands
    .call(this, command)
    .filter((child) => child.name() !== 'help')
    .flatMap((child) => (child.commands.length > 0 ? visibleCommands.call(this, child) : child))
}

function subcommandTerm(command: Command): string {
  const group = command.parent?.parent ? `${command.parent.name()} ` : ''
  const args = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`
    return argument.required ? ` <${name}>` : ` [${name}]`
  })
  return `${group}${command.name()}${args.join('')}`
}
