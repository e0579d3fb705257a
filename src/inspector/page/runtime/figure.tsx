import type { ComponentChildren, JSX } from 'preact';

/** A figure with its name. */
export function Figure({
  name,
  children,
  title,
  line,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
  readonly title?: string;
  /** The line of the drawing that shows it. */
  readonly line?: 0 | 1;
}): JSX.Element {
  return (
    <div class="figure" title={title}>
      <dt>
        {line !== undefined && (
          <span class={`figure-line figure-line-${line}`} aria-hidden="true" />
        )}
        {name}
      </dt>
      <dd class="number">{children}</dd>
    </div>
  );
}
