/** A channel on an IRC server. All lines have one length, so a reader counts by counting bytes. */
import { pollFor } from '@parley/testkit';
import { IrcConnection } from '../wire/irc-connection.ts';
import { inParallel } from '../wire/in-parallel.ts';
import { numbersOf, type Room, type RoomOptions, TEXT_TEMPLATE } from './room.ts';

const CHANNEL = '#bench';
const WARM_UP = 'x'.repeat(TEXT_TEMPLATE.length);

export async function openIrcRoom({ port, readers, senders, progress, checkOf, fail }: RoomOptions): Promise<Room> {
  const enter = (nick: string): Promise<IrcConnection> =>
    IrcConnection.open(port, nick, (reason) => fail(`${nick} was closed: ${reason}`));
  // Nicks of one length; senders stay outside of the channel, which takes messages from there.
  const senderConnections = await inParallel(senders, (index) => enter(`s${String(index).padStart(4, '0')}`));
  let lineBytes = 0;
  let warmed = 0;
  await inParallel(readers, async (reader) => {
    const connection = await enter(`r${String(reader).padStart(4, '0')}`);
    await connection.join(CHANNEL);
    const check = checkOf(reader);
    let text = '';
    let bytes = 0;
    let isCounting = false;
    connection.handOver((buffer, length) => {
      if (!isCounting) {
        text += buffer.toString('latin1', 0, length);
        const line = text.split('\r\n').find((each) => each.endsWith(WARM_UP));
        if (line === undefined || !text.endsWith('\r\n')) return;
        lineBytes = line.length + 2;
        isCounting = true;
        text = '';
        warmed += 1;
        return;
      }
      bytes += length;
      progress.reach(reader, Math.floor(bytes / lineBytes));
      if (check === undefined) return;
      const lines = (text + buffer.toString('latin1', 0, length)).split('\r\n');
      text = lines.pop() ?? '';
      for (const line of lines) check.take(line.slice(-TEXT_TEMPLATE.length));
    });
  });
  senderConnections[0]?.send(`PRIVMSG ${CHANNEL} :${WARM_UP}\r\n`);
  await pollFor(() => warmed, readers, { timeoutMs: 30_000, what: 'every reader to see the first message' });

  const template = new LineTemplate(`PRIVMSG ${CHANNEL} :${TEXT_TEMPLATE}\r\n`);
  return {
    send(first, count) {
      for (const [sender, connection] of senderConnections.entries()) {
        const lines = [...numbersOf(sender, senders, first, count)].map((number) => template.line(number));
        if (lines.length > 0) connection.send(lines.join(''));
      }
    },
  };
}

class LineTemplate {
  readonly #parts: [string, string];

  constructor(template: string) {
    const at = template.indexOf('########');
    this.#parts = [template.slice(0, at), template.slice(at + 8)];
  }

  line(number: number): string {
    return `${this.#parts[0]}${String(number).padStart(8, '0')}${this.#parts[1]}`;
  }
}
