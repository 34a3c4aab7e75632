/** The streams that a screen is taken over by: input in raw mode, output, and how they are given back. */

/** Where a terminal's bytes come from: stdin, a PTY, a socket. Raw mode is used where there is one. */
export interface ScreenInput {
  on(event: 'data', listener: (chunk: Uint8Array | string) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'data', listener: (chunk: Uint8Array | string) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  resume?(): unknown;
  pause?(): unknown;
  readonly isRaw?: boolean | undefined;
  setRawMode?(raw: boolean): unknown;
}

/** Where its bytes go. `write` returns false when it is full and emits `drain` when it is not any more. */
export interface ScreenOutput {
  write(text: string): boolean;
  /** The same for the first `length` bytes, which are another frame's when it has returned. Default: they come as text. */
  writeBytes?(bytes: Uint8Array, length: number): boolean;
  on(event: 'drain', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'drain', listener: () => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
}

export interface StreamListener {
  received(chunk: Uint8Array | string): void;
  /** What the output was full of has gone. */
  drained(): void;
  /** A stream has failed; may be told more than once, and after they were given back. */
  failed(error: Error): void;
}

/** Takes both streams; what it returns gives them back, which stay open. */
export function takeStreams(
  { input, output }: { readonly input: ScreenInput; readonly output: ScreenOutput },
  listener: StreamListener,
): () => void {
  const onData = (chunk: Uint8Array | string): void => listener.received(chunk);
  const onDrain = (): void => listener.drained();
  let hasInput = true;
  const wasRaw = input.isRaw === true;
  output.on('drain', onDrain);
  output.on('error', (error) => listener.failed(error));
  input.on('error', (error) => {
    hasInput = false;
    listener.failed(error);
  });
  input.on('data', onData);
  if (!wasRaw) input.setRawMode?.(true);
  input.resume?.();
  return () => {
    input.removeListener('data', onData);
    output.removeListener('drain', onDrain);
    // The error listeners stay: a stream may fail after we left it, and nobody else may be listening.
    if (!wasRaw && hasInput) input.setRawMode?.(false);
    input.pause?.();
  };
}
