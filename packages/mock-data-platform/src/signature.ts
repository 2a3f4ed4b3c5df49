import { Webhook, WebhookVerificationError } from 'standardwebhooks'

export type SignatureCheck = ReturnType<typeof createSignatureCheck>

/**
 * Creates a check of Standard Webhooks signatures: HMAC-SHA256 over `id.timestamp.body`, at most five minutes old or ahead;
 * one of several space-separated signatures must match.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @param secret `whsec_` and the key in base64; or several with spaces between, of which any one may have signed
 * @returns whether a secret signed this body within the last five minutes
 * @throws Error when the secret is empty or not base64
 */
export function createSignatureCheck(secret: string) {
  const webhooks = secret.split(' ').map((one) => new Webhook(one))
  return (headers: Headers, body: string): boolean => {
    const given = Object.fromEntries(headers)
    return webhooks.some((webhook) => isSigned(webhook, given, body))
  }
}

function isSigned(webhook: Webhook, headers: Record<string, string>, body: string): boolean {
  try {
    webhook.verify(body, headers, { jsonParse: false })
    return true
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false
    throw error
  }
}
