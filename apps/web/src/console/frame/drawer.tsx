import { Dialog } from '@base-ui/react/dialog'
import { m } from '../../messages/messages.js'
import { DisplaySettings } from './display-settings.tsx'
import { Navigation } from './navigation.tsx'
import { SessionTools } from './top-bar.tsx'

/** The navigation on narrow screens. It is open while it is rendered. */
export default function Drawer({ onClose }: { onClose: () => void }) {
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="drawer">
          <Dialog.Title className="visually-hidden">{m.menu()}</Dialog.Title>
          <Navigation onLeave={onClose} />
          <div className="drawer-settings">
            <DisplaySettings />
            <SessionTools />
          </div>
          <Dialog.Close className="button">{m.close()}</Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
