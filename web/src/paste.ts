/** Makes pasted text safe to hand to a program: no control codes but tab and newline, so no end of a bracketed paste. */
export const cleanPaste = (text: string): string =>
  text.replaceAll(/\r\n?/g, '\n').replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
