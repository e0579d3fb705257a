import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** A dialog over the page. Escape and a click beside it close it, the focus goes back to where it was. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  // Who marks a text and lets go beside the dialog has clicked nothing.
  const isBeside = useRef(false);
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      aria-label={title}
      onClose={onClose}
      onPointerDown={(event) => {
        isBeside.current = event.target === ref.current;
      }}
      onClick={(event) => {
        if (event.target === ref.current && isBeside.current) onClose();
      }}
    >
      <div class="card-head">
        <h2>{title}</h2>
        <span class="spread" />
        <button
          type="button"
          class="button button-quiet button-icon"
          aria-label="Close"
          onClick={onClose}
        >
          ✕
        </button>
      </div>
      {children}
    </dialog>
  );
}
