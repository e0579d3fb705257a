import type { ComponentChildren, JSX } from 'preact';

/** A figure with its name. */
export function Figure({
  name,
  children,
  title,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
  readonly title?: string;
}): JSX.Element {
  return (
    <div class="figure" title={title}>
      <dt>{name}</dt>
      <dd class="number">{children}</dd>
    </div>
  );
}
