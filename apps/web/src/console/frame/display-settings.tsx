import type { ReactNode } from 'react'
import { m } from '../../messages/messages.js'
import { type Language, language, setLanguage } from '../../shared/locale.ts'
import { setTheme, type Theme, useTheme } from '../../shared/theme.ts'
import { setTimeMode, type TimeMode, useTimeMode } from '../../shared/time.tsx'

/** How the console is shown to this reader: times, theme and language. */
export function DisplaySettings() {
  return (
    <>
      <Choice label={m.time_zone()} value={useTimeMode()} onChange={(value) => setTimeMode(value as TimeMode)}>
        <option value="local">{m.time_local()}</option>
        <option value="utc">UTC</option>
        <option value="relative">{m.time_relative()}</option>
      </Choice>
      <Choice label={m.theme()} value={useTheme()} onChange={(value) => setTheme(value as Theme)}>
        <option value="auto">{m.theme_auto()}</option>
        <option value="light">{m.theme_light()}</option>
        <option value="dark">{m.theme_dark()}</option>
      </Choice>
      <Choice label={m.language()} value={language} onChange={(value) => setLanguage(value as Language)}>
        <option value="ko" lang="ko">
          한국어
        </option>
        <option value="en" lang="en">
          English
        </option>
      </Choice>
    </>
  )
}

interface ChoiceProps {
  label: string
  value: string
  onChange: (value: string) => void
  children: ReactNode
}

function Choice({ label, value, onChange, children }: ChoiceProps) {
  return (
    <label className="choice">
      <span aria-hidden="true">{label}</span>
      <select aria-label={label} value={value} onChange={({ target }) => onChange(target.value)}>
        {children}
      </select>
    </label>
  )
}
