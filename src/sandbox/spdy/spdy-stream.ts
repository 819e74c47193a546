import { Duplex } from 'node:stream';
import { callbackify } from 'node:util';
import type { SpdyHeaders } from './header-block.ts';

/** How a stream reaches its connection. */
export interface StreamSender {
  /** Resolves when the connection can take more. */
  data(id: number, chunk: Uint8Array, last: boolean): Promise<void>;
  reset(id: number): void;
  closed(id: number): void;
}

/** One stream of a SPDY connection. Ending it ends our half; destroying it before both halves have ended resets it. */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: SpdyHeaders;
  readonly #sender: StreamSender;
  readonly #send: (chunk: Uint8Array, last: boolean, done: (error?: Error | null) => void) => void;
  #wanted: (() => void) | undefined;
  #wasReset = false;

  constructor(id: number, headers: SpdyHeaders, sender: StreamSender) {
    super({ allowHalfOpen: true });
    this.id = id;
    this.headers = headers;
    this.#sender = sender;
    this.#send = callbackify((chunk: Uint8Array, last: boolean) => sender.data(id, chunk, last));
  }

  /** The connection has data for this stream. Resolves when its reader can take more, or is gone. */
  async receive(chunk: Uint8Array): Promise<void> {
    if (this.destroyed || this.readableEnded) return;
    if (this.push(chunk)) return;
    await new Promise<void>((resolve) => {
      this.#wanted = resolve;
    });
  }

  /** The peer has ended its half. */
  receiveEnd(): void {
    if (!this.destroyed) this.push(null);
  }

  /** The peer wants nothing more of this stream; to its reader that is the end. */
  receiveReset(): void {
    this.#wasReset = true;
    this.destroy();
  }

  override _read(): void {
    this.#wanted?.();
    this.#wanted = undefined;
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, false, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#send(new Uint8Array(), true, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#wanted?.();
    this.#wanted = undefined;
    const isComplete = this.writableFinished && this.readableEnded;
    if (!isComplete && !this.#wasReset) this.#sender.reset(this.id);
    this.#sender.closed(this.id);
    done(error);
  }
}
