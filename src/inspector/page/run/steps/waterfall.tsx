import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { VirtualRows } from '../../parts/virtual-rows.tsx';
import { type Range, ticksOf } from './axis-ticks.ts';
import type { StepRow } from './step-rows.ts';
import { WaterfallBackdrop } from './waterfall-backdrop.tsx';
import type { WaterfallModel } from './waterfall-model.ts';
import { WaterfallRow } from './waterfall-row.tsx';
import { moved, zoomed } from './zoom.ts';

/** Pixels of one row. */
const ROW = 30;
/** Pixels between two ticks. */
const TICKS_APART = 74;

export interface WaterfallProps {
  readonly model: WaterfallModel;
  readonly rows: readonly StepRow[];
  /** What is seen of the axis; null: all of it. */
  readonly range: Signal<Range | null>;
  readonly chosenId: string | null;
  readonly onChoose: (stepId: string | undefined) => void;
}

/** Rows of bars on one axis of time. */
export function Waterfall({ model, rows, range, chosenId, onChoose }: WaterfallProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const { track, gutter } = useMeasures(box);
  useWheel(box, model, range);
  const axis = model.axis.value;
  const seen = range.value ?? { from: 0, to: axis.width };
  const ticks = ticksOf(axis, seen, ((seen.to - seen.from) * TICKS_APART) / Math.max(track, 80));
  const at = rows.findIndex(({ part }) => part.stepId === chosenId);
  return (
    <div
      class="waterfall"
      ref={box}
      style={{ '--gutter': `${gutter}px` }}
      onKeyDown={(event) => {
        const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        const next = by === undefined ? undefined : rows[at + by];
        if (next === undefined) return;
        event.preventDefault();
        onChoose(next.part.stepId);
        focusSoon(box, next.part.stepId);
      }}
    >
      <WaterfallBackdrop model={model} range={seen} ticks={ticks} track={track} />
      <VirtualRows
        label="Steps; arrows up and down choose one"
        count={rows.length}
        height={ROW}
        {...(at >= 0 && { shown: at })}
        keyOf={(index) => rows[index]?.part.stepId ?? index}
        row={(index) => {
          const row = rows[index];
          return row === undefined ? null : (
            <WaterfallRow
              row={row}
              then={model.at.value}
              axis={axis}
              range={seen}
              isChosen={row.part.stepId === chosenId}
              onChoose={onChoose}
            />
          );
        }}
      />
    </div>
  );
}

/** The row may come into view only after the next drawing. */
function focusSoon(box: { readonly current: HTMLDivElement | null }, stepId: string): void {
  requestAnimationFrame(() => {
    requestAnimationFrame(() => {
      const row = box.current?.querySelector(`[data-step="${CSS.escape(stepId)}"]`);
      if (row instanceof HTMLElement) row.focus();
    });
  });
}

/** Pixels of the track that bars are drawn on, and of the scrollbar beside it. */
function useMeasures(box: { readonly current: HTMLDivElement | null }): {
  readonly track: number;
  readonly gutter: number;
} {
  const [measures, setMeasures] = useState({ track: 400, gutter: 0 });
  useLayoutEffect(() => {
    const { current } = box;
    if (current === null) return undefined;
    const measure = (): void => {
      const rows = current.querySelector<HTMLElement>('.rows');
      const area = current.querySelector<HTMLElement>('.wf-area');
      const gutter = rows === null ? 0 : rows.offsetWidth - rows.clientWidth;
      const track = area?.clientWidth ?? 400;
      setMeasures((before) =>
        before.track === track && before.gutter === gutter ? before : { track, gutter },
      );
    };
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    const inner = current.querySelector('.rows-inner');
    if (inner !== null) observer.observe(inner);
    measure();
    return () => observer.disconnect();
  }, []);
  return measures;
}

/** Ctrl and the wheel zoom, as a pinch does; Shift and the wheel, or a swipe to the side, move. */
function useWheel(
  box: { readonly current: HTMLDivElement | null },
  model: WaterfallModel,
  range: Signal<Range | null>,
): void {
  useEffect(() => {
    const { current } = box;
    const onWheel = (event: WheelEvent): void => {
      const area = current?.querySelector('.wf-area')?.getBoundingClientRect();
      if (area === undefined || area.width === 0) return;
      const { width } = model.axis.value;
      const { from, to } = range.value ?? { from: 0, to: width };
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const centre = from + ((event.clientX - area.left) / area.width) * (to - from);
        range.value = zoomed(range.value, width, Math.exp(event.deltaY * 0.002), centre);
        return;
      }
      const by = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
      if (by === 0 || range.value === null) return;
      event.preventDefault();
      range.value = moved(range.value, width, (by / area.width) * (to - from));
    };
    current?.addEventListener('wheel', onWheel, { passive: false });
    return () => current?.removeEventListener('wheel', onWheel);
  }, [model.axis, range]);
}
