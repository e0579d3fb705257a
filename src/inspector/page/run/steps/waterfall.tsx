import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { chooseByArrows } from '../../parts/choose-by-arrows.ts';
import { ticksOf } from '../../parts/time/axis-ticks.ts';
import { stopwatch } from '../../parts/time/clocks.ts';
import type { Range } from '../../parts/time/range.ts';
import { wholeOf } from '../../parts/time/time-axis.ts';
import { useWheel } from '../../parts/time/use-wheel.ts';
import { VirtualRows } from '../../parts/virtual-rows.tsx';
import type { StepRow } from './step-rows.ts';
import { WaterfallBackdrop } from './waterfall-backdrop.tsx';
import type { WaterfallModel } from './waterfall-model.ts';
import { WaterfallRow } from './waterfall-row.tsx';
import { movedOn, zoomedOn } from './zoom.ts';

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
  const axis = model.axis.value;
  const seen = range.value ?? wholeOf(axis);
  const size = seen.to - seen.from;
  useWheel(box, '.wf-area', {
    onZoom: (times, part) => {
      range.value = zoomedOn(range.value, axis.width, times, seen.from + part * size);
    },
    onMove:
      range.value === null
        ? undefined
        : (part) => {
            range.value = movedOn(range.value, axis.width, part * size);
          },
  });
  const apart = (size * TICKS_APART) / Math.max(track, 80);
  const ticks = ticksOf(axis, {
    range: seen,
    apart,
    clock: stopwatch(axis.fromMs),
    areCovered: true,
  });
  const at = rows.findIndex(({ part }) => part.stepId === chosenId);
  return (
    <div
      class="waterfall"
      ref={box}
      style={{ '--gutter': `${gutter}px` }}
      onKeyDown={(event) => {
        const idOf = (index: number): string | undefined => rows[index]?.part.stepId;
        chooseByArrows(event, { attribute: 'data-step', at, idOf, onChoose });
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
