/**
 * Fingers on the terminal: moving one scrolls as a wheel would, holding one still takes the line beneath it. A tap stays
 * what the browser makes of it, a click.
 */
export interface TouchOptions {
  readonly element: HTMLElement;
  /** Scrolls by lines at a point; negative is up, to what is older. */
  readonly onScroll: (lines: number, x: number, y: number) => void;
  readonly onHold: (x: number, y: number) => void;
}

const HOLD_MS = 500;
const MOVE_PX = 10;
/** One turn of a wheel is three lines to the client, and about as many rows of a phone's screen. */
const WHEEL_PX = 48;

type State =
  | { name: 'idle' }
  | { name: 'down'; x: number; y: number; since: number }
  | { name: 'scrolling'; y: number; left: number };

export function followTouch({ element, onScroll, onHold }: TouchOptions): void {
  let state: State = { name: 'idle' };
  element.addEventListener('touchstart', (event) => {
    const [touch] = event.touches;
    state =
      touch === undefined || event.touches.length > 1
        ? { name: 'idle' }
        : { name: 'down', x: touch.clientX, y: touch.clientY, since: event.timeStamp };
  });
  element.addEventListener(
    'touchmove',
    (event) => {
      const [touch] = event.touches;
      if (touch === undefined || state.name === 'idle') return;
      if (state.name === 'down') {
        if (Math.hypot(touch.clientX - state.x, touch.clientY - state.y) < MOVE_PX) return;
        state = { name: 'scrolling', y: state.y, left: 0 };
      }
      event.preventDefault();
      const moved = state.left + state.y - touch.clientY;
      const turns = Math.trunc(moved / WHEEL_PX);
      state = { name: 'scrolling', y: touch.clientY, left: moved - turns * WHEEL_PX };
      for (let turn = 0; turn < Math.abs(turns); turn += 1) onScroll(Math.sign(turns), touch.clientX, touch.clientY);
    },
    { passive: false },
  );
  element.addEventListener(
    'touchend',
    (event) => {
      const held = state.name === 'down' && event.timeStamp - state.since >= HOLD_MS;
      if (held || state.name === 'scrolling') event.preventDefault();
      if (held && state.name === 'down') onHold(state.x, state.y);
      state = { name: 'idle' };
    },
    { passive: false },
  );
  element.addEventListener('touchcancel', () => (state = { name: 'idle' }));
  // A finger that stays would open the browser's menu.
  element.addEventListener('contextmenu', (event) => {
    if (state.name === 'down') event.preventDefault();
  });
}
