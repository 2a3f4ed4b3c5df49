/** Registers work to do when a test ends: `onTestFinished` of vitest or of the test's context. */
export type CleanUp = (work: () => Promise<void> | void) => void
