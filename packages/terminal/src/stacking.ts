/** Which nodes lie over which. */
import Box from 'blessed/lib/widgets/box.js';
import type Node from 'blessed/lib/widgets/node.js';
import type { Pane } from './pane.ts';

/** Whether a node that is painted after the pane covers a part of it, so that the pane can't be painted alone. */
export function overlapped(pane: Pane): boolean {
  const own = pane.region;
  if (own === undefined) return true;
  let after = false;
  const covers = (node: Node): boolean => {
    if (node === pane) {
      after = true;
      return false;
    }
    if (node instanceof Box) {
      if (node.hidden) return false;
      const place = node.lpos;
      if (after && place !== undefined && !within(node, pane)) {
        if (place.xi < own.x1 && place.xl > own.x0 && place.yi < own.y1 && place.yl > own.y0) return true;
      }
    }
    return node.children.some(covers);
  };
  return pane.screen.children.some(covers);
}

function within(node: Node, ancestor: Node): boolean {
  for (let at: Node | null = node; at !== null; at = at.parent) if (at === ancestor) return true;
  return false;
}
