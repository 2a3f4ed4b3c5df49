import { type Command, Option } from 'commander'
import { mintToken, readAuthSecret, type TokenClaims } from '../../connect.ts'
import { CommandFailure, EXIT_USAGE } from '../../failure.ts'
import { durationOption, isMemberId } from '../../options/value-parsers.ts'
import { printResult } from '../../terminal/output.ts'

const DEFAULT_ADMIN = 'admin'

interface TokenOptions {
  role?: TokenClaims['role']
  expires: number
  json?: boolean
}

/** Adds `jumun token`. */
export function addTokenCommand(program: Command): void {
  program
    .command('token')
    .description('make a token, signed with AUTH_SECRET or the key in DATA_DIR')
    .argument('[memberId]', 'the member; without one, the token is for an admin')
    .addOption(
      new Option('--role <role>', 'the role (default: member, or admin without a member)').choices(['admin', 'member']),
    )
    .addOption(durationOption('--expires <time>', 'how long it is valid: 90s, 15m, 1h, 7d', '1h'))
    .addHelpText('after', '\nExample:\n  export JUMUN_TOKEN=$(jumun token --expires 8h)')
    .action(async (member: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<TokenOptions>()
      const { role = member === undefined ? 'admin' : 'member', expires: expiresInSeconds } = options
      const memberId = member ?? DEFAULT_ADMIN
      if (!isMemberId(memberId)) throw new CommandFailure('A member id is 1 to 64 of A-Z a-z 0-9 . _ : @ -', EXIT_USAGE)
      if (member === undefined && role === 'member')
        throw new CommandFailure('A token of the role member needs a member: jumun token <memberId>', EXIT_USAGE)
      const secret = await readAuthSecret()
      if (!secret)
        throw new CommandFailure('There is no key to sign with: set AUTH_SECRET, or start the API once.', EXIT_USAGE)
      const token = await mintToken({ secret, memberId, role, expiresInSeconds })
      const expiresAt = new Date(Date.now() + expiresInSeconds * 1_000).toISOString()
      printResult({ token, memberId, role, expiresAt }, options, () => `${token}\n`)
    })
}
