import type { ChartNode } from '../machines/chart-of.ts';

/** Which way the arrows go: to the right for wide places, down for narrow ones. */
export type ChartDirection = 'right' | 'down';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** A state in its place. */
export interface PlacedState extends Box {
  readonly id: string;
  readonly name: string;
  readonly parent: string | null;
  readonly type: ChartNode['type'];
  readonly initial: boolean;
  /** What it takes without leaving, what it invokes, and its actions; each a line of text. */
  readonly lines: readonly string[];
  /** The height of the part with name and lines; what is inside stands below. */
  readonly header: number;
}

/** A line of text on an arrow. */
export interface PlacedLabel extends Box {
  readonly text: string;
  /** The whole of it, with actions, where `text` had to be cut. */
  readonly title: string;
  /** The ids of the transitions that it stands for. */
  readonly transitions: readonly string[];
}

/** An arrow: a line through its points, in order, with corners between them. */
export interface PlacedEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly points: readonly Point[];
  readonly labels: readonly PlacedLabel[];
}

/** The dot from which an arrow shows the state that is entered first. Its center is `x`, `y`. */
export interface PlacedInitial extends Point {
  /** The state that is entered. */
  readonly state: string;
  readonly points: readonly Point[];
}

/** A chart in its places, as plain JSON. All places are absolute, from the left upper corner of the drawing. */
export interface ChartLayout {
  readonly id: string;
  readonly direction: ChartDirection;
  readonly width: number;
  readonly height: number;
  /** Each after the one around it. */
  readonly states: readonly PlacedState[];
  readonly edges: readonly PlacedEdge[];
  readonly initials: readonly PlacedInitial[];
}
