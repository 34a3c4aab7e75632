/** A message's text as styled runs: links, mentions, what became of it. */
import { mentions, type MessageEvent, NAME_CHARACTERS, webAddresses } from '@parley/protocol';
import { type Run, run, type Style } from '@parley/terminal';
import type { Theme } from '../themes/theme.ts';

/** The runs of a message. `isMention`: it names this client's person, whose nick stands out then. */
export function messageRuns(message: MessageEvent, isMention: boolean, ownNick: string, theme: Theme): readonly Run[] {
  if (message.deleted === true) return [run('This message was deleted.', theme.pending)];
  const background = isMention ? theme.mentionBackground : theme.background;
  const runs: Run[] = [];
  let at = 0;
  for (const { index, address } of webAddresses(message.text)) {
    runs.push(...plainRuns(message.text.slice(at, index), isMention, ownNick, background, theme));
    runs.push(run(address, theme.link.on(background)));
    at = index + address.length;
  }
  runs.push(...plainRuns(message.text.slice(at), isMention, ownNick, background, theme));
  if (message.editedAt !== undefined) runs.push(run(' (edited)', theme.faint.on(background)));
  return runs;
}

function plainRuns(text: string, isMention: boolean, ownNick: string, background: Style, theme: Theme): Run[] {
  if (text === '') return [];
  if (!isMention) return [run(text, background)];
  const runs: Run[] = [];
  let at = 0;
  for (const match of text.matchAll(NAME_CHARACTERS)) {
    if (!mentions(match[0], ownNick)) continue;
    if (match.index > at) runs.push(run(text.slice(at, match.index), background));
    runs.push(run(match[0], theme.mention));
    at = match.index + match[0].length;
  }
  if (at < text.length) runs.push(run(text.slice(at), background));
  return runs;
}
