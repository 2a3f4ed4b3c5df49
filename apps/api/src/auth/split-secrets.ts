/** How many keys are tried on a token that does not name its key, so that such tokens cost little. Providers publish two or three. */
export const MAX_KEYS_TRIED = 8

/** `AUTH_SECRET` may hold several secrets, so that a new one can be introduced while tokens of the old one are still valid. */
const SEPARATOR = ','

/** The single secrets of `AUTH_SECRET`. The first signs, all verify. */
export function splitSecrets(authSecret: string): string[] {
  return authSecret.split(SEPARATOR).map((secret) => secret.trim())
}

/** Derives a secret from each one of `AUTH_SECRET`, and returns them in the same form. */
export function mapSecrets(authSecret: string, derive: (secret: string) => string): string {
  return splitSecrets(authSecret).map(derive).join(SEPARATOR)
}
