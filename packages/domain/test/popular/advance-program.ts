import { openDatabase } from '../../src/database/orm.ts'
import { advancePopular } from '../../src/popular/advance-popular.ts'

/** A program: rolls up once in the database that it was given, as a process of the API would. */
const [url = ''] = process.argv.slice(2)
const database = await openDatabase({ url })
await advancePopular(database.em)
await database.close(true)
