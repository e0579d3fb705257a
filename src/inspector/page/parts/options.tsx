import type { JSX } from 'preact';

/** A few choices side by side, of which one is taken. The group around it says what they are about. */
export function Options({
  name,
  options,
  chosen,
  onChoose,
  isInvalid = false,
  mayClear = false,
}: {
  /** Of the radio buttons. MUST be its own in the document. */
  readonly name: string;
  readonly options: readonly string[];
  readonly chosen: number | undefined;
  readonly onChoose: (index: number | undefined) => void;
  readonly isInvalid?: boolean;
  /** None at all is a choice, too. */
  readonly mayClear?: boolean;
}): JSX.Element {
  return (
    <div class="row">
      <div class="segments">
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
      </div>
      {mayClear && chosen !== undefined && (
        <button type="button" class="copy" onClick={() => onChoose(undefined)}>
          leave it out
        </button>
      )}
    </div>
  );
}
