export { createPlatform, type Platform } from './platform.ts'
export { type RunningPlatform, startMockDataPlatform } from './start.ts'
export { openStorage, type PlatformStorage } from './storage.ts'
