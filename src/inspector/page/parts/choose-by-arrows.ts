/** Two drawings: the row may come into view only with the second one. */
function afterDrawing(work: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(work));
}

/**
 * Arrows up and down, pressed in a list, choose the row before or after the one at `at`, and bring the focus to it.
 * The attribute `attribute` of a row MUST hold its id.
 */
export function chooseByArrows(
  event: KeyboardEvent,
  {
    attribute,
    at,
    idOf,
    onChoose,
  }: {
    readonly attribute: string;
    /** The row that is chosen; -1: none is. */
    readonly at: number;
    readonly idOf: (index: number) => string | undefined;
    readonly onChoose: (id: string) => void;
  },
): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const next = by === undefined ? undefined : idOf(at + by);
  if (next === undefined) return;
  event.preventDefault();
  onChoose(next);
  const list = event.currentTarget as HTMLElement;
  afterDrawing(() => {
    list.querySelector<HTMLElement>(`[${attribute}="${CSS.escape(next)}"]`)?.focus();
  });
}
