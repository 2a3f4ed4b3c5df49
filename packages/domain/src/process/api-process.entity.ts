import { defineEntity, p } from '@mikro-orm/core'

const schema = defineEntity({
  name: 'ApiProcess',
  tableName: 'api_process',
  comment: 'A process of the API that reports every ten seconds',
  properties: {
    id: p.uuid().primary(),
    host: p.string().length(255).comment('Name of its machine'),
    pid: p.integer().comment('Its process id there'),
    version: p.string().length(64).comment('Of the release'),
    startedAt: p.datetime().length(3),
    seenAt: p.datetime().length(3).comment('When it last reported'),
  },
})

/** A running process of the API (API 프로세스). */
export class ApiProcess extends schema.class {}

schema.setClass(ApiProcess)
