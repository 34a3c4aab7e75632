/** Sizes and rectangles, in cells of a terminal. */

export interface Size {
  readonly cols: number;
  readonly rows: number;
}

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Whether the cell lies in the rectangle. */
export const contains = (rect: Rect, x: number, y: number): boolean =>
  x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;

/**
 * A rectangle of at most this size in the middle of the screen. It keeps away from the edges where there is room, and
 * covers the whole width or height (the last line apart) where there is little.
 */
export function centred(size: Size, width: number, height: number): Rect {
  const fitWidth = width > size.cols - 12 ? size.cols : width;
  const free = size.rows > 6 ? size.rows - 1 : size.rows;
  const fitHeight = Math.min(height, free);
  return {
    x: Math.max(0, Math.floor((size.cols - fitWidth) / 2)),
    y: Math.max(0, Math.floor((free - fitHeight) / 2)),
    width: Math.max(1, fitWidth),
    height: Math.max(1, fitHeight),
  };
}

export const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));
