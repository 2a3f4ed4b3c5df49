export { readSecrets, type Secrets } from './auth/secrets.ts'
export { issueToken } from './auth/tokens.ts'
export { readSettings, type Settings, SettingsError } from './settings.ts'
export { type Api, explainStartError, startApi } from './start-api.ts'
