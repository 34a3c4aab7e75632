/** What popups say, for those who see them and those who hear them. */
import { LEAVE_QUESTION } from '../layout/popup-layout.ts';
import { filteredRows } from '../state/popup-input.ts';
import type { ListPopup, PasswordPopup, Popup } from '../state/state.ts';
import { unreachable } from '../state/unreachable.ts';

export function popupTitle(popup: Popup): string {
  switch (popup.name) {
    case 'help':
      return 'Help';
    case 'password':
      if (!('room' in popup.of)) return 'Your password';
      return popup.of.isNew ? 'A password for the room' : 'Password';
    case 'leave':
      return 'Leave';
    case 'list':
      return { rooms: 'Rooms', users: 'People online', members: 'Members', switch: 'Go to' }[popup.of];
    default:
      return unreachable(popup);
  }
}

/** Why a list has no row to choose; undefined when it has some. */
export function emptyWords(popup: ListPopup): string | undefined {
  const { load, of, filter } = popup;
  if (typeof load === 'object') return load.failed;
  if (load === 'loading') return 'Asking the server …';
  if (filteredRows(popup).length > 0) return undefined;
  const isFiltered = filter.text.trim() !== '';
  switch (of) {
    case 'switch':
      return `${isFiltered ? 'No room of yours matches.' : 'You are in no other room.'} /rooms lists all there are.`;
    case 'rooms':
      return isFiltered ? 'No room matches.' : 'There is no other room.';
    default:
      return isFiltered ? 'Nobody matches.' : 'There is nobody.';
  }
}

/** Which password is asked for. */
export function aboutPassword({ of }: PasswordPopup): string {
  if ('room' in of) return `${of.isNew ? 'Making' : 'Joining'} ${of.room}.`;
  if (of.current === undefined) return 'The password that you have now.';
  return of.next === undefined ? 'A new password.' : 'The new password again.';
}

/** What is heard of a popup when it opens, and of what changes in it; nothing for what stays. */
export function spokenPopup(popup: Popup, before: Popup | undefined): readonly string[] {
  const opened = before?.name === popup.name ? [] : [`${popupTitle(popup)}.`];
  switch (popup.name) {
    case 'help':
      return opened.length === 0 ? [] : [...opened, 'Escape closes it.'];
    case 'leave':
      return opened.length === 0 ? [] : [LEAVE_QUESTION, ...popup.losses, 'Enter leaves, Escape stays.'];
    case 'password': {
      const known = before?.name === 'password' ? before : undefined;
      const about = known !== undefined && aboutPassword(known) === aboutPassword(popup) ? [] : [aboutPassword(popup)];
      return [...opened, ...about, ...(known?.words === popup.words ? [] : [popup.words])];
    }
    case 'list': {
      const words = chosenWords(popup);
      const wasSaid = before?.name === 'list' && before.of === popup.of && chosenWords(before) === words;
      return [...opened, ...(wasSaid ? [] : [words])];
    }
    default:
      return unreachable(popup);
  }
}

/** The row that Enter would take: `#dev, 3 members. 2 of 5.` */
function chosenWords(popup: ListPopup): string {
  const rows = filteredRows(popup);
  const row = rows[popup.selected];
  if (row === undefined || popup.load !== 'ready') return emptyWords(popup) ?? '';
  const about = row.detail === '' ? row.label : `${row.label}, ${row.detail}`;
  return `${about}. ${popup.selected + 1} of ${rows.length}.`;
}
