import type { JumunClient } from '@jumun/client'
import type { Command } from 'commander'
import { connect, type GlobalOptions } from '../connect.ts'
import { printResult } from '../terminal/output.ts'

/**
 * Makes the action of a command that prints what the API returns.
 *
 * @param toText makes the text, including the final newline
 * @param call gets a client, the command's own options and its arguments
 */
export function callAction<Result, Options, Args extends unknown[]>(
  toText: (result: Result) => string,
  call: (jumun: JumunClient, options: Options, ...args: Args) => Promise<Result>,
) {
  return async function (this: Command): Promise<void> {
    const globals = this.optsWithGlobals<GlobalOptions>()
    const result = await call(await connect(globals), this.opts() as Options, ...(this.processedArgs as Args))
    printResult(result, globals, toText)
  }
}
