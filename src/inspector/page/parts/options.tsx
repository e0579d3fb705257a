import type { JSX } from 'preact';

interface SegmentsProps {
  /** Of the radio buttons. MUST be its own in the document. */
  readonly name: string;
  readonly options: readonly string[];
  readonly chosen: number | undefined;
  readonly onChoose: (index: number) => void;
  readonly isInvalid?: boolean;
}

/** A few choices side by side, of which one is taken. */
function Segments({ name, options, chosen, onChoose, isInvalid }: SegmentsProps): JSX.Element {
  return (
    <>
      {options.map((label, index) => (
        <label key={label} class="segment">
          <input
            type="radio"
            name={name}
            checked={chosen === index}
            aria-invalid={isInvalid ? 'true' : undefined}
            onChange={() => onChoose(index)}
          />
          <span>{label}</span>
        </label>
      ))}
    </>
  );
}

/** Choices that are part of a form. The group around them says what they are about. */
export function Options({
  mayClear = false,
  onChoose,
  ...segments
}: Omit<SegmentsProps, 'onChoose'> & {
  readonly onChoose: (index: number | undefined) => void;
  /** None at all is a choice, too. */
  readonly mayClear?: boolean;
}): JSX.Element {
  return (
    <div class="row">
      <div class="segments">
        <Segments {...segments} onChoose={onChoose} />
      </div>
      {mayClear && segments.chosen !== undefined && (
        <button type="button" class="copy" onClick={() => onChoose(undefined)}>
          leave it out
        </button>
      )}
    </div>
  );
}

/** Choices beside a title, smaller. */
export function SmallOptions({
  label,
  ...segments
}: SegmentsProps & { readonly label: string }): JSX.Element {
  return (
    <div class="segments segments-small" role="radiogroup" aria-label={label}>
      <Segments {...segments} />
    </div>
  );
}
