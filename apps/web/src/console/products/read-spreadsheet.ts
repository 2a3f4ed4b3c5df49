/** The cells that a spreadsheet put on the clipboard: lines of cells between tabs, quoted where they need it. */
export async function readSpreadsheet(text: string): Promise<string[][]> {
  const { default: papa } = await import('papaparse')
  return papa.parse<string[]>(text.replace(/\r?\n$/, ''), { delimiter: '\t' }).data
}
