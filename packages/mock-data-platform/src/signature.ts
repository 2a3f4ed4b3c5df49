import { Webhook, WebhookVerificationError } from 'standardwebhooks'

/**
 * Makes the check of a request's signature as Standard Webhooks defines it: HMAC-SHA256 over `id.timestamp.body`,
 * at most five minutes old or ahead, any one of several space-separated signatures.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @param secret `whsec_` and the key in base64
 * @returns whether this body was signed with the secret, just now
 * @throws Error when the secret is empty or no base64
 */
export function createSignatureCheck(secret: string): (headers: Headers, body: string) => boolean {
  const webhook = new Webhook(secret)
  return (headers, body) => {
    try {
      webhook.verify(body, Object.fromEntries(headers), { jsonParse: false })
      return true
    } catch (error) {
      if (error instanceof WebhookVerificationError) return false
      throw error
    }
  }
}
