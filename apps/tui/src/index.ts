/** The terminal client as a library: what a host of many terminals needs. */
export { createTui, type Tui, type TuiExit, type TuiOptions } from './tui.ts';
