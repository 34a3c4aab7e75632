/** Letters that no screen shows unless a bench wrote them: no nick, no status line and no escape sequence holds Cyrillic. */

const LETTERS = [...'абвгдежзийклмнопрстуфхцчшщъыьэюя'];

/** Told apart from any letter that is still on the screen: a painter doesn't write what is there already. */
export class Marks {
  #next = 0;

  next(): string {
    const letter = LETTERS[this.#next % LETTERS.length] ?? '';
    this.#next += 1;
    return letter;
  }
}

/** In the last message of the quiet room's history, and in its oldest that a screen of 40 rows shows. */
export const NEWEST_MARK = 'Ж';
export const OLDER_MARK = 'Ф';
/** In everyone's draft. */
export const DRAFT_MARK = 'Ю';

/** The text of a message in a lively room: 60 characters, one of many, and none of the marks. */
export function chatter(number: number): string {
  const start = (number * 7) % 26;
  const letters = Array.from({ length: 50 }, (_, index) =>
    String.fromCharCode(97 + ((start + index * (1 + (number % 5))) % 26)),
  );
  return `${String(number).padStart(6, '0')} ${letters.join('')}`;
}
