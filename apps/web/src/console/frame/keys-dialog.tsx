import { m } from '../../messages/messages.js'
import { Modal } from '../components/modal.tsx'
import { useOfferedActions } from './actions.ts'
import { PAGES } from './pages.ts'

/** Lists the keys that work here. */
export default function KeysDialog({ onClose }: { onClose: () => void }) {
  const actions = useOfferedActions().filter(({ key, isHidden }) => key !== undefined && !isHidden)
  return (
    <Modal title={m.keys_title()} onClose={onClose}>
      <div className="keys-list">
        <section>
          <h3>{m.keys_everywhere()}</h3>
          <dl>
            <KeyRow keys={['Ctrl', 'K']} label={m.palette_title()} />
            <KeyRow keys={['?']} label={m.keys_title()} />
            {PAGES.map(({ to, key, label }) => (
              <KeyRow key={to} keys={['g', key]} label={label()} />
            ))}
          </dl>
        </section>
        <section>
          <h3>{m.keys_page()}</h3>
          <dl>
            {actions.map(({ id, key = '', label }) => (
              <KeyRow key={id} keys={[key === ' ' ? m.key_space() : key]} label={label} />
            ))}
            <KeyRow keys={['j', '↓']} label={m.key_next_row()} />
            <KeyRow keys={['k', '↑']} label={m.key_previous_row()} />
            <KeyRow keys={['Enter']} label={m.key_open_row()} />
            <KeyRow keys={['x']} label={m.key_select_row()} />
          </dl>
        </section>
      </div>
    </Modal>
  )
}

function KeyRow({ keys, label }: { keys: string[]; label: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dd>
    </div>
  )
}
