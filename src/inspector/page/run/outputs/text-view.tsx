import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { counted } from '../../format.ts';
import { CopyButton } from '../../parts/copy-button.tsx';

/** Lines that are shown at once. */
const LINES = 1_000;

/** A text with the numbers of its lines. */
export function TextView({ text }: { readonly text: string }): JSX.Element {
  const lines = useMemo(() => text.replace(/\n$/, '').split('\n'), [text]);
  const [shown, setShown] = useState(LINES);
  const [isWrapped, setWrapped] = useState(true);
  return (
    <div class="text-view">
      <div class="row text-view-bar">
        <span class="faint number">{counted(lines.length, 'line')}</span>
        <label class="row">
          <input
            type="checkbox"
            checked={isWrapped}
            onChange={(event) => setWrapped(event.currentTarget.checked)}
          />
          wrap
        </label>
        <CopyButton text={text} what="the text" />
      </div>
      <div
        class={`text-lines ${isWrapped ? 'is-wrapped' : ''}`}
        tabIndex={0}
        role="region"
        aria-label="Text"
      >
        {lines.slice(0, shown).map((line, index) => (
          <div class="text-line" data-line={index + 1} key={index}>
            {line === '' ? '\u00a0' : line}
          </div>
        ))}
      </div>
      {lines.length > shown && (
        <button type="button" class="copy" onClick={() => setShown(shown + LINES)}>
          {counted(lines.length - shown, 'more line')}
        </button>
      )}
    </div>
  );
}
