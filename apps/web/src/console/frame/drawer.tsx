import { Dialog } from '@base-ui/react/dialog'
import { m } from '../../messages/messages.js'
import { DisplaySettings } from './display-settings.tsx'
import { Brand, Navigation } from './navigation.tsx'
import { SessionTools } from './top-bar.tsx'

/** The navigation on narrow screens. */
export function Drawer({ isOpen, onOpenChange }: { isOpen: boolean; onOpenChange: (isOpen: boolean) => void }) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="drawer">
          <Dialog.Title className="visually-hidden">{m.menu()}</Dialog.Title>
          <Brand />
          <Navigation onLeave={() => onOpenChange(false)} />
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
