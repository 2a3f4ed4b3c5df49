import { commonErrors, type ProblemCode, sessionView, signInInput } from '@jumun/contract'
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi'
import { exampleOf } from './example.ts'

export const SESSION_TAG = {
  name: 'Signing in',
  description: 'Sessions of browsers. Other callers send a bearer token instead',
}

/** The sessions are not below `/api`, because they are of no procedure. */
const servers = [{ url: '/' }]

const answer = {
  description: 'Who is signed in, and the ways to sign in',
  content: { 'application/json': { schema: sessionView, example: exampleOf(sessionView) } },
} as const

const setCookie = {
  'Set-Cookie': {
    description: 'The session: `__Host-jumun` over https, `jumun` over http',
    schema: { type: 'string' },
    example: '__Host-jumun=…; Max-Age=43200; Path=/; HttpOnly; Secure; SameSite=Strict',
  },
} as const

type ResponseRefs = (codes: ProblemCode[]) => ZodOpenApiOperationObject['responses']

/** What `/session` takes and answers; no procedure describes it. */
export function sessionPaths(refsOf: ResponseRefs): ZodOpenApiPathsObject {
  const common = { tags: [SESSION_TAG.name], servers }
  return {
    '/session': {
      get: {
        ...common,
        operationId: 'session-read',
        summary: 'Read who is signed in',
        description: 'Without a session, `session` is null. A page calls it when it is loaded.',
        security: [{}, { session: [] }, { bearer: [] }],
        responses: { 200: answer, ...refsOf([...commonErrors]) },
      },
      post: {
        ...common,
        operationId: 'session-start',
        summary: 'Sign in',
        description:
          'With a one-time code, which `npm start` prints. At an identity provider, open `/session/provider` instead.',
        security: [],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: signInInput, example: exampleOf(signInInput) } },
        },
        responses: {
          200: { ...answer, headers: setCookie },
          ...refsOf([...commonErrors, 'FORBIDDEN', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']),
        },
      },
      delete: {
        ...common,
        operationId: 'session-end',
        summary: 'Sign out',
        security: [{}, { session: [] }],
        responses: { 204: { description: 'The cookie is deleted' }, ...refsOf([...commonErrors, 'FORBIDDEN']) },
      },
    },
  }
}
