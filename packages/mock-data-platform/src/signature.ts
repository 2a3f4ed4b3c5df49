import { Webhook, WebhookVerificationError } from 'standardwebhooks'

export type SignatureCheck = ReturnType<typeof createSignatureCheck>

/**
 * Creates a check of Standard Webhooks signatures: HMAC-SHA256 over `id.timestamp.body`, at most five minutes old or ahead;
 * one of several space-separated signatures must match.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @param secret `whsec_` and the key in base64
 * @returns whether the secret signed this body within the last five minutes
 * @throws Error when the secret is empty or not base64
 */
export function createSignatureCheck(secret: string) {
  const webhook = new Webhook(secret)
  return (headers: Headers, body: string): boolean => {
    try {
      webhook.verify(body, Object.fromEntries(headers), { jsonParse: false })
      return true
    } catch (error) {
      if (error instanceof WebhookVerificationError) return false
      throw error
    }
  }
}
