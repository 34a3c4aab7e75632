/**
 * Text that is being composed (an input method, a phone's suggestions) and that the program has not got yet: xterm shows it at
 * the cursor, in one row without end. Near the edge it is moved left by what the screen has no room for, so that its end is seen.
 */
export function keepCompositionInSight(container: HTMLElement): void {
  const view = container.querySelector<HTMLElement>('.composition-view');
  const screen = container.querySelector('.xterm-screen');
  if (view === null || screen === null) return;
  new MutationObserver(() => {
    const over = view.offsetLeft + view.offsetWidth - screen.clientWidth;
    const translate = over > 0 ? `${-over}px` : '';
    // A change of it is one that is observed, too.
    if (view.style.translate !== translate) view.style.translate = translate;
  }).observe(view, { attributes: true, childList: true, characterData: true, subtree: true });
}
