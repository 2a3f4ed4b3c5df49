import { Dialog } from '@base-ui/react/dialog'
import { type ReactNode, useEffect, useRef } from 'react'
import { m } from '../../messages/messages.js'

interface ModalProps {
  title: string
  /** What is said under the title. */
  description?: ReactNode
  /** Called by Escape, the close button and a press outside. Ignored while `isBusy`. */
  onClose: () => void
  isBusy?: boolean
  children: ReactNode
}

/** A dialog over the page. It is open while it is rendered; focus stays inside, and returns where it was. */
export function Modal({ title, description, onClose, isBusy = false, children }: ModalProps) {
  const popup = useRef<HTMLDivElement>(null)
  useEffect(() => () => void setTimeout(keepFocus), [])
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !(isOpen || isBusy) && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup ref={popup} className="modal" initialFocus={() => popup.current?.querySelector('input') ?? true}>
          <div className="modal-head">
            <Dialog.Title className="modal-title">{title}</Dialog.Title>
            <Dialog.Close className="button button-quiet button-small" aria-label={m.close()} disabled={isBusy}>
              ✕
            </Dialog.Close>
          </div>
          {description && <Dialog.Description className="muted">{description}</Dialog.Description>}
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** What had the focus before may be gone, such as a button that cancels. */
function keepFocus(): void {
  if (document.activeElement === document.body) document.getElementById('main')?.focus({ preventScroll: true })
}
