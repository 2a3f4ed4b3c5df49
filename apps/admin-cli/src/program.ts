import { Command, Option } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { addAuditCommand } from './audit.command.ts'
import { addOrderCommands } from './orders.commands.ts'
import { addPointCommands } from './points.commands.ts'
import { addProductCommands } from './products.commands.ts'
import { addTokenCommand } from './token.command.ts'

const examples = `
Examples:
  jumun points charge mina 10000
  jumun products seed --count 100000
  jumun products list --search tea --json
  jumun --url https://shop.example --token "$TOKEN" orders list mina

In the repository: npm run -s jumun -- points charge mina 10000

Beside a running API (in DATA_DIR, by default .data) neither address nor token is needed.
Exit codes: 0 done, 1 refused, 2 wrong usage, 3 server unreachable, 130 stopped by Ctrl-C.`

/** The program with all of its commands. It never ends the process: it throws instead. */
export function createProgram(): Command {
  const program = new Command('jumun')
    .description('Runs a Jumun shop from the command line.')
    .version(manifest.version)
    .addOption(new Option('--url <address>', 'address of the API').env('JUMUN_URL'))
    .addOption(new Option('--token <token>', "an admin's token").env('JUMUN_TOKEN'))
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
  addPointCommands(program)
  addProductCommands(program)
  addOrderCommands(program)
  addAuditCommand(program)
  addTokenCommand(program)
  return program
}
