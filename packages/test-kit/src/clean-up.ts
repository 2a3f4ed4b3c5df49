/** A function that registers work for the end of a test: `onTestFinished` of vitest or of the test's context. */
export type CleanUp = (work: () => Promise<void> | void) => void
