import { openDatabase } from '../../src/database/orm.ts'
import { advancePopular } from '../../src/popular/advance-popular.ts'

/** A program that advances the rollup once, as a process of the API does: `advance-program.ts <database>`. */
const [url = ''] = process.argv.slice(2)
const database = await openDatabase({ url })
await advancePopular(database.em)
await database.close(true)
