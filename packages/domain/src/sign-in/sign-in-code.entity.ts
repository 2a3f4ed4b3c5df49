import { defineEntity, p } from '@mikro-orm/core'

const schema = defineEntity({
  name: 'SignInCode',
  tableName: 'sign_in_code',
  comment: 'A code that signs its holder in once; deleted by its use',
  properties: {
    hash: p.string().primary().length(43).comment('SHA-256 of the code, base64url'),
    memberId: p.string().length(64),
    role: p.enum(['member', 'admin']),
    expiresAt: p.datetime().length(3),
  },
})

/** A one-time code that signs in as a member (일회용 로그인 코드). */
export class SignInCode extends schema.class {}

schema.setClass(SignInCode)
