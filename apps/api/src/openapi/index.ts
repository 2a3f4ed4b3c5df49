export { openApiDocument } from './document.ts'
export { exampleOf } from './example.ts'
