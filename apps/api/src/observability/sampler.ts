import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace'
import { type Settings, SettingsError } from '../settings.ts'

/** The sampler that the standard variables name. The SDK reads them only if it configures itself. Throws `SettingsError`. */
export function samplerOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio }: Settings): Sampler {
  const root = rootOf(name.replace(/^parentbased_/, ''), ratio)
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root
}

function rootOf(name: string, ratio: string): Sampler {
  if (name === 'always_on') return new AlwaysOnSampler()
  if (name === 'always_off') return new AlwaysOffSampler()
  if (name !== 'traceidratio')
    throw new SettingsError('OTEL_TRACES_SAMPLER: must be a sampler like parentbased_traceidratio')
  if (!/^(?:0|1|[01]?\.\d{1,10})$/.test(ratio) || Number(ratio) > 1)
    throw new SettingsError('OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1')
  return new TraceIdRatioBasedSampler(Number(ratio))
}
