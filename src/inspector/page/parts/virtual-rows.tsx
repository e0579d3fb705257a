import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from '@tanstack/virtual-core';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from 'preact/hooks';

export interface VirtualRowsProps {
  readonly count: number;
  /** Pixels of one row. */
  readonly height: number;
  readonly label: string;
  readonly row: (index: number) => ComponentChildren;
  readonly keyOf: (index: number) => string | number;
  /** The row to bring into view whenever it changes. */
  readonly shown?: number;
  readonly role?: 'list' | 'listbox' | 'presentation';
}

/** Rows of one height, of which only those in view are there. */
export function VirtualRows(props: VirtualRowsProps): JSX.Element {
  const { count, height, label, row, keyOf, shown, role = 'list' } = props;
  const box = useRef<HTMLDivElement>(null);
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);
  const options = {
    count,
    estimateSize: () => height,
    getScrollElement: () => box.current,
    overscan: 8,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(undefined),
  };
  const rows = useMemo(() => new Virtualizer<HTMLDivElement, Element>(options), []);
  rows.setOptions(options);
  useEffect(() => rows._didMount(), [rows]);
  useLayoutEffect(() => rows._willUpdate());
  useLayoutEffect(() => rows.measure(), [height]);
  useLayoutEffect(() => {
    if (shown !== undefined && shown >= 0) rows.scrollToIndex(shown, { align: 'auto' });
  }, [shown, count]);
  return (
    <div class="rows" ref={box} role={role} aria-label={label} tabIndex={0}>
      <div class="rows-inner" style={{ height: `${rows.getTotalSize()}px` }}>
        {rows.getVirtualItems().map(({ index, start }) => (
          <div
            class="rows-row"
            key={keyOf(index)}
            role={role === 'list' ? 'listitem' : undefined}
            aria-setsize={role === 'list' ? count : undefined}
            aria-posinset={role === 'list' ? index + 1 : undefined}
            style={{ transform: `translateY(${start}px)`, height: `${height}px` }}
          >
            {row(index)}
          </div>
        ))}
      </div>
    </div>
  );
}
