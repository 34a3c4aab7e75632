/**
 * The keyboard's way out of the terminal, which takes Tab for its program: F6 leads to the page's own controls (what the bar
 * says or asks, else the switches) and from them back. Tab goes on from there; F6 with Shift or Ctrl stays the browser's.
 */
interface PageControls {
  readonly firstControl: () => HTMLElement;
  readonly focusTerminal: () => void;
}

export function leadByF6(terminal: HTMLElement, { firstControl, focusTerminal }: PageControls): void {
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'F6' || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (terminal.contains(document.activeElement)) firstControl().focus();
    else focusTerminal();
  });
}

/** Whether a control of the page has the focus, which its person has put there. */
export const isOnControl = (): boolean => document.activeElement instanceof HTMLButtonElement;
