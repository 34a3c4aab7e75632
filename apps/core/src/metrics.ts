/**
 * What the core counts, for Prometheus. Each core counts for itself; what belongs to the process (memory, event loop) is
 * collected once for all of them. No labels by user, room or address: neither private nor bounded.
 */
import { readdir } from 'node:fs/promises';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type SignInOutcome = 'ok' | 'refused' | 'limited' | 'failed';

/** Numbers that someone else keeps, read when they are asked for. */
export interface WatchedFigures {
  readonly liveRooms: () => number;
  readonly queueLength: () => number;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #connections: Gauge;
  readonly #eventStreams: Gauge;
  readonly #slowReaders: Gauge;
  readonly #committed: Counter;
  readonly #batchSizes: Histogram;
  readonly #commitSeconds: Histogram;
  /** Since Prometheus last asked: counted by hand, because this happens once for each reader of each commit. */
  #deliveries = 0;
  readonly #signIns: Counter<'outcome'>;

  constructor() {
    const registers = [this.#registry];
    this.#connections = new Gauge({ name: 'parley_connections', help: 'Open WebSocket connections.', registers });
    this.#eventStreams = new Gauge({
      name: 'parley_event_streams',
      help: 'Open streams of server-sent events.',
      registers,
    });
    this.#slowReaders = new Gauge({
      name: 'parley_slow_readers',
      help: 'Connections that are fed from the log because they read slower than their rooms speak.',
      registers,
    });
    this.#committed = new Counter({
      name: 'parley_events_committed_total',
      help: 'Events (messages and the like) committed to the log.',
      registers,
    });
    this.#batchSizes = new Histogram({
      name: 'parley_commit_batch_events',
      help: 'Events in one commit.',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
      registers,
    });
    this.#commitSeconds = new Histogram({
      name: 'parley_commit_seconds',
      help: 'How long a commit took.',
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5],
      registers,
    });
    const takeDeliveries = (): number => {
      const deliveries = this.#deliveries;
      this.#deliveries = 0;
      return deliveries;
    };
    this.#registry.registerMetric(
      new Counter({
        name: 'parley_deliveries_total',
        help: 'Events written to connections, once for each reader.',
        registers: [],
        collect() {
          this.inc(takeDeliveries());
        },
      }),
    );
    this.#signIns = new Counter({
      name: 'parley_sign_ins_total',
      help: 'Attempts to sign in, by outcome.',
      labelNames: ['outcome'],
      registers,
    });
  }

  connectionOpened(): void {
    this.#connections.inc();
  }

  connectionClosed(): void {
    this.#connections.dec();
  }

  eventStreamOpened(): void {
    this.#eventStreams.inc();
  }

  eventStreamClosed(): void {
    this.#eventStreams.dec();
  }

  /** One batch has been committed: how many events, and how long it took. */
  committed(events: number, seconds: number): void {
    this.#committed.inc(events);
    this.#batchSizes.observe(events);
    this.#commitSeconds.observe(seconds);
  }

  /** Events times readers. */
  delivered(count: number): void {
    this.#deliveries += count;
  }

  /** A reader has fallen behind, or has caught up or gone. */
  slowReader(change: 1 | -1): void {
    this.#slowReaders.inc(change);
  }

  signIn(outcome: SignInOutcome): void {
    this.#signIns.inc({ outcome });
  }

  /** Adds the figures that are read when Prometheus asks. Call it once. */
  watch(figures: WatchedFigures): void {
    this.#gauge('parley_live_rooms', 'Rooms that someone here follows live.', figures.liveRooms);
    this.#gauge('parley_send_queue_length', 'Events that wait to be committed.', figures.queueLength);
  }

  /** The exposition format, and its content type. */
  async expose(): Promise<{ contentType: string; text: string }> {
    const merged = Registry.merge([processMetrics(), this.#registry]);
    return { contentType: merged.contentType, text: await merged.metrics() };
  }

  #gauge(name: string, help: string, read: () => number): void {
    this.#registry.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(read());
        },
      }),
    );
  }
}

let ofProcess: Registry | undefined;

/** Each looks at every socket, some twice, and with 10,000 of them nobody is served for 20 ms: `parley_connections` counts them. */
const LEFT_OUT = ['handles', 'resources', 'requests'].flatMap((kind) => [
  `nodejs_active_${kind}`,
  `nodejs_active_${kind}_total`,
]);
const OPEN_FILES = 'process_open_fds';

/** The default metrics, made once: each set of them starts observers that can't be stopped. */
function processMetrics(): Registry {
  if (ofProcess === undefined) {
    const made = new Registry();
    collectDefaultMetrics({ register: made });
    for (const name of LEFT_OUT) made.removeSingleMetric(name);
    if (made.getSingleMetric(OPEN_FILES) !== undefined) made.registerMetric(openFiles(made));
    ofProcess = made;
  }
  return ofProcess;
}

/** Takes the place of the default one, which lists the files while everyone waits. */
function openFiles(registry: Registry): Gauge {
  registry.removeSingleMetric(OPEN_FILES);
  return new Gauge({
    name: OPEN_FILES,
    help: 'Number of open file descriptors.',
    registers: [],
    async collect() {
      // None can be opened once all are open: the figure of the last time stays.
      const files = await readdir('/proc/self/fd').catch(() => undefined);
      if (files !== undefined) this.set(files.length - 1);
    },
  });
}
