import { useEffect, useRef } from 'preact/hooks';

export interface WheelUse {
  /** Zooms by a factor, above 1 to see more; `part` of the area is to the left of the pointer. */
  readonly onZoom: (times: number, part: number) => void;
  /** Moves by a part of what is seen, earlier when that is below 0; undefined: there is nothing to move. */
  readonly onMove: ((part: number) => void) | undefined;
}

/** How fast the wheel zooms: the logarithm of the factor for one pixel. */
const SPEED = 0.002;

/**
 * Ctrl and the wheel over a box zoom, as a pinch does; Shift and the wheel, or a swipe to the side, move. A mere
 * wheel scrolls. `area` names the element of the box that the axis takes.
 */
export function useWheel(
  box: { readonly current: HTMLElement | null },
  area: string,
  use: WheelUse,
): void {
  const latest = useRef(use);
  latest.current = use;
  useEffect(() => {
    const { current } = box;
    const onWheel = (event: WheelEvent): void => {
      const seen = current?.querySelector(area)?.getBoundingClientRect();
      if (seen === undefined || seen.width === 0) return;
      const { onZoom, onMove } = latest.current;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        onZoom(Math.exp(event.deltaY * SPEED), (event.clientX - seen.left) / seen.width);
        return;
      }
      const by = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
      if (by === 0 || onMove === undefined) return;
      event.preventDefault();
      onMove(by / seen.width);
    };
    current?.addEventListener('wheel', onWheel, { passive: false });
    return () => current?.removeEventListener('wheel', onWheel);
  }, [area]);
}
