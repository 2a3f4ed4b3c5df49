import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** The recipes for operators, which this program runs. */
export const OPS = resolve(import.meta.dirname, '../../../ops')

/**
 * Copies a recipe with other values for what belongs to one machine. Throws if the recipe does not say what is replaced, so that it is
 * the recipe that runs.
 */
export async function copyRecipe(recipe: string, file: string, replace: Record<string, string>): Promise<string> {
  let text = await readFile(join(OPS, recipe), 'utf8')
  for (const [given, other] of Object.entries(replace)) {
    if (!text.includes(given)) throw new Error(`${recipe} does not say: ${given}`)
    text = text.replaceAll(given, other)
  }
  await writeFile(file, text)
  return file
}
