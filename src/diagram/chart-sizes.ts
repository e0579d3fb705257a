import type { TextFont } from './measure-text.ts';

/** Sizes that both the layout and the drawing go by, in units of the drawing. */
export const NAME_FONT: TextFont = { size: 13, bold: true };
export const LINE_FONT: TextFont = { size: 10.5 };
export const LABEL_FONT: TextFont = { size: 10.5 };
export const LINE_HEIGHT = 15;
export const LABEL_HEIGHT = 16;
/** Between the border of a label and its text. */
export const LABEL_PADDING = 6;
export const STATE_PADDING = 12;
/** The height of a state's name with the space around it. */
export const NAME_HEIGHT = 34;
/** Below the last line of a state. */
export const LINES_END = 9;
export const DOT_RADIUS = 4.5;
export const HISTORY_SIZE = 30;
export const MARGIN = 14;
