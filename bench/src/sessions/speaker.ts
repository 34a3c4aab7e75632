/** Who talks in the sessions' rooms without a terminal: through the core's protocol, or as an IRC client. */
import { randomUUID } from 'node:crypto';
import { IrcConnection } from '../wire/irc-connection.ts';
import { ParleyConnection } from '../wire/parley-connection.ts';
import { chatter, NEWEST_MARK, OLDER_MARK } from './marks.ts';

export interface Speaker {
  say(room: string, text: string): Promise<void>;
}

/** The room with a history, and the one where people talk. */
export const QUIET_ROOM = 'quiet';
export const LIVELY_ROOM = 'lively';
const HISTORY = 100;
/** So many messages above the newest, whatever the window's frame: on a screen of 40 rows. */
const OLDER_BY = 10;

export async function openParleySpeaker(port: number): Promise<Speaker> {
  const connection = await ParleyConnection.open({ port, hello: { nick: 'speaker' } });
  const say = async (room: string, text: string): Promise<void> => {
    await connection.ask({ type: 'message.send', room, text, cid: randomUUID() }, 'ok');
  };
  for (const room of [QUIET_ROOM, LIVELY_ROOM]) {
    await connection.ask({ type: 'room.create', room }, 'room.joined');
    await connection.ask({ type: 'room.close', room }, 'ok');
  }
  for (let number = 1; number <= HISTORY; number++) {
    const mark = number === HISTORY ? NEWEST_MARK : number === HISTORY - OLDER_BY ? OLDER_MARK : '';
    await say(QUIET_ROOM, `${chatter(number)}${mark}`);
  }
  return { say };
}

export async function openIrcSpeaker(port: number): Promise<Speaker> {
  const connection = await IrcConnection.open(port, 'speaker');
  for (const room of [QUIET_ROOM, LIVELY_ROOM]) await connection.join(`#${room}`);
  return {
    say(room, text) {
      connection.send(`PRIVMSG #${room} :${text}\r\n`);
      return Promise.resolve();
    },
  };
}
