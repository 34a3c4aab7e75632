/** A message's text as styled runs: links, mentions, what became of it. */
import { mentions, type MessageEvent } from '@parley/protocol';
import { type Run, run, type Style } from '@parley/terminal';
import type { Theme } from '../themes/theme.ts';

const LINK = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'…]/giu;
const NAME = /[\p{L}\p{N}._-]+/gu;

/** The runs of a message. `isMention`: it names this client's person, whose nick stands out then. */
export function messageRuns(message: MessageEvent, isMention: boolean, ownNick: string, theme: Theme): readonly Run[] {
  if (message.deleted === true) return [run('This message was deleted.', theme.pending)];
  const ground = isMention ? theme.mentionGround : theme.ground;
  const runs: Run[] = [];
  let at = 0;
  for (const match of message.text.matchAll(LINK)) {
    runs.push(...plainRuns(message.text.slice(at, match.index), isMention, ownNick, ground, theme));
    runs.push(run(match[0], theme.link.on(ground)));
    at = match.index + match[0].length;
  }
  runs.push(...plainRuns(message.text.slice(at), isMention, ownNick, ground, theme));
  if (message.editedAt !== undefined) runs.push(run(' (edited)', theme.faint.on(ground)));
  return runs;
}

function plainRuns(text: string, isMention: boolean, ownNick: string, ground: Style, theme: Theme): Run[] {
  if (text === '') return [];
  if (!isMention) return [run(text, ground)];
  const runs: Run[] = [];
  let at = 0;
  for (const match of text.matchAll(NAME)) {
    if (!mentions(match[0], ownNick)) continue;
    if (match.index > at) runs.push(run(text.slice(at, match.index), ground));
    runs.push(run(match[0], theme.mention));
    at = match.index + match[0].length;
  }
  if (at < text.length) runs.push(run(text.slice(at), ground));
  return runs;
}
