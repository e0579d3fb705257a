import type { Point } from './chart-layout.ts';

const RADIUS = 8;
/** Length and half the width of an arrow's head. */
const HEAD = 8;
const HALF = 3.6;

/** A line through points with round corners. It ends where the head of the arrow begins. */
export function roundedPath(given: readonly Point[]): string {
  const points = shortened(straightened(given));
  const [first] = points;
  if (first === undefined) return '';
  const parts = [`M${text(first)}`];
  for (let i = 1; i < points.length; i += 1) {
    const [before, at, after] = [points[i - 1], points[i], points[i + 1]];
    if (before === undefined || at === undefined) continue;
    if (after === undefined) parts.push(`L${text(at)}`);
    else {
      const radius = Math.min(RADIUS, distance(before, at) / 2, distance(at, after) / 2);
      parts.push(`L${text(towards(at, before, radius))}`);
      parts.push(`Q${text(at)} ${text(towards(at, after, radius))}`);
    }
  }
  return parts.join('');
}

/** The head of the arrow at the end of a line. */
export function arrowHead(points: readonly Point[]): string {
  const at = points.at(-1);
  const before = straightened(points).at(-2);
  if (at === undefined || before === undefined) return '';
  const base = towards(at, before, HEAD);
  const length = distance(at, before) || 1;
  const [dx, dy] = [(at.x - before.x) / length, (at.y - before.y) / length];
  const left = { x: base.x - dy * HALF, y: base.y + dx * HALF };
  const right = { x: base.x + dy * HALF, y: base.y - dx * HALF };
  return `M${text(at)}L${text(left)}L${text(right)}Z`;
}

/** Without points that are no corner: layouts have them where a line passes a border. */
function straightened(points: readonly Point[]): readonly Point[] {
  const kept: Point[] = [];
  for (const [i, at] of points.entries()) {
    const [before, after] = [kept.at(-1), points[i + 1]];
    if (before !== undefined && distance(before, at) === 0) continue;
    const isOnTheWay =
      before !== undefined &&
      after !== undefined &&
      ((before.x === at.x && at.x === after.x) || (before.y === at.y && at.y === after.y));
    if (!isOnTheWay) kept.push(at);
  }
  return kept;
}

function shortened(points: readonly Point[]): readonly Point[] {
  const [at, before] = [points.at(-1), points.at(-2)];
  if (at === undefined || before === undefined) return points;
  return [...points.slice(0, -1), towards(at, before, Math.min(HEAD - 1, distance(at, before)))];
}

function towards(from: Point, to: Point, length: number): Point {
  const whole = distance(from, to) || 1;
  const part = length / whole;
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function text({ x, y }: Point): string {
  return `${Math.round(x * 100) / 100} ${Math.round(y * 100) / 100}`;
}
