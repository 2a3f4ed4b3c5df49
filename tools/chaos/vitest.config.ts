import { testConfig } from '@jumun/test-kit/vitest-config'

export default testConfig()
