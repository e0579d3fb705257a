import type { JSX } from 'preact';
import { linesOf } from './stats-history.ts';

const [WIDTH, HEIGHT] = [300, 40];

export interface SparklineProps {
  /** What it shows, and how much of it there is, for who does not see it. */
  readonly label: string;
  /** Of each a line; null where there was none. */
  readonly lines: readonly (readonly (number | null)[])[];
  /** The value at the top. */
  readonly most: number;
}

/** How values went over the last minutes; the newest stands at the right. */
export function Sparkline({ label, lines, most }: SparklineProps): JSX.Element {
  return (
    <svg
      class="sparkline"
      viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <line class="sparkline-ground" x1="0" y1={HEIGHT} x2={WIDTH} y2={HEIGHT} />
      {lines.map((values, which) =>
        linesOf(values, most).map((points) => (
          <polyline
            key={`${which} ${points[0]?.[0]}`}
            class={`sparkline-line sparkline-${which}`}
            points={points.map(([x, y]) => `${x * WIDTH},${y * HEIGHT}`).join(' ')}
          />
        )),
      )}
    </svg>
  );
}
