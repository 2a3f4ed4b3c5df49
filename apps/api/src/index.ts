export { readSecrets, type Secrets } from './secrets.ts'
export { readSettings, type Settings, SettingsError } from './settings.ts'
export { type Api, explainStartError, startApi } from './start-api.ts'
export { issueToken } from './tokens.ts'
