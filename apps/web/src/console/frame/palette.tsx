import { Autocomplete } from '@base-ui/react/autocomplete'
import { MEMBER_ID_MAX_LENGTH } from '@jumun/contract/limits'
import { useState } from 'react'
import { m } from '../../messages/messages.js'
import { Modal } from '../components/modal.tsx'
import { type FoundItem, type FoundSection, useFound } from './use-found.ts'

/** Finds orders, members, products, pages and actions. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const { sections, isSearching } = useFound(text)
  const choose = (item: FoundItem) => {
    onClose()
    item.run()
  }
  return (
    <Modal title={m.palette_title()} onClose={onClose}>
      <Autocomplete.Root
        open
        inline
        items={sections}
        value={text}
        onValueChange={setText}
        // The server has found them, or `useFound`.
        filter={null}
        itemToStringValue={(item: FoundItem) => item.label}
        autoHighlight="always"
        keepHighlight
      >
        <Autocomplete.Input
          className="input"
          aria-label={m.palette_title()}
          placeholder={m.palette_hint()}
          maxLength={MEMBER_ID_MAX_LENGTH}
        />
        <Autocomplete.Status className="palette-status muted small">
          {isSearching ? m.loading() : sections.length === 0 && m.palette_nothing()}
        </Autocomplete.Status>
        <Autocomplete.List className="palette-list">
          {(section: FoundSection) => (
            <Autocomplete.Group key={section.value} items={section.items}>
              <Autocomplete.GroupLabel className="palette-label">{section.value}</Autocomplete.GroupLabel>
              <Autocomplete.Collection>
                {(item: FoundItem) => (
                  <Autocomplete.Item key={item.id} value={item} className="palette-item" onClick={() => choose(item)}>
                    <span>{item.label}</span>
                    {item.note && <span className="muted small">{item.note}</span>}
                  </Autocomplete.Item>
                )}
              </Autocomplete.Collection>
            </Autocomplete.Group>
          )}
        </Autocomplete.List>
      </Autocomplete.Root>
    </Modal>
  )
}
