export { openApiDocument } from './document.ts'
export { exampleOf, type JsonSchema } from './example.ts'
