/** What the program says in words, for screen readers: an element that they speak when something comes to it. */

const MOST_LINES = 50;
const WORD = 'say;';

/** The words to speak, of the escape's data; undefined when they are of something else. */
export const readSpokenWords = (data: string): string | undefined =>
  data.startsWith(WORD) ? data.slice(WORD.length) : undefined;

export function speak(log: HTMLElement, words: string): void {
  const line = document.createElement('div');
  line.textContent = words;
  log.append(line);
  while (log.childElementCount > MOST_LINES) log.firstElementChild?.remove();
}
