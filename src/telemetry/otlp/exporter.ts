/**
 * Sends spans to a collector, some at a time, one request after another. Whoever adds one never waits: what does not fit into
 * the queue is dropped and counted, and so is what the collector does not take. Nothing here keeps the process alive.
 */

import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Clock } from '../../core/clock.ts';
import type { OtlpSettings } from '../../core/telemetry.ts';
import { sizeOf, type Span } from '../span.ts';
import { type Batch, encoded } from './request.ts';

export type Fate = 'sent' | 'dropped' | 'refused';

export interface ExporterParts {
  readonly settings: OtlpSettings;
  readonly scope: Batch['scope'];
  readonly clock: Clock;
  /** Told how spans fared: once for each batch, and for each span that found no room. */
  readonly fared: (fate: Fate, spans: number) => void;
  readonly log: (message: string, thrown?: unknown) => void;
}

const compressed = promisify(gzip);

/** What may be well in a moment, as the protocol has it. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** Spans with content are large: what may wait in all, and in one request, which collectors bound as well. */
const MOST_BYTES = 32 * 1024 * 1024;
const BATCH_BYTES = 4 * 1024 * 1024;
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 1000;
/** A collector that wants a longer pause loses the batch: others wait behind it. */
const LONGEST_PAUSE_MS = 10_000;
/** How long the last spans are waited for when the process stops. */
const CLOSE_MS = 3000;

type Sent = 'sent' | 'refused' | { readonly again_ms: number | null };

interface Waiting {
  readonly span: Span;
  readonly bytes: number;
}

export class Exporter {
  readonly #parts: ExporterParts;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #sending: Promise<void> | null = null;
  #cancelTimer: (() => void) | null = null;
  /** Aborts what is under way once closing has taken too long. */
  readonly #over = new AbortController();
  #closing = false;

  constructor(parts: ExporterParts) {
    this.#parts = parts;
  }

  add(spans: readonly Span[]): void {
    const { delay_ms } = this.#parts.settings.queue;
    const dropped = spans.filter((span) => !this.#enqueue(span)).length;
    if (dropped > 0) this.#parts.fared('dropped', dropped);
    if (this.#isFull) this.#send();
    else if (this.#waiting.length > 0) this.#cancelTimer ??= this.#parts.clock.after(delay_ms, () => this.#send());
  }

  #enqueue(span: Span): boolean {
    const bytes = sizeOf(span);
    const { most } = this.#parts.settings.queue;
    if (this.#closing || this.#waiting.length >= most || this.#bytes + bytes > MOST_BYTES) return false;
    this.#waiting.push({ span, bytes });
    this.#bytes += bytes;
    return true;
  }

  /** Whether there is enough for a request. */
  get #isFull(): boolean {
    return this.#waiting.length >= this.#parts.settings.queue.batch || this.#bytes >= BATCH_BYTES;
  }

  /** What goes with the next request; one span that is larger than requests are to be goes alone. */
  #nextBatch(): readonly Span[] {
    const { batch } = this.#parts.settings.queue;
    let [count, bytes] = [0, 0];
    for (const waiting of this.#waiting.slice(0, batch)) {
      if (count > 0 && bytes + waiting.bytes > BATCH_BYTES) break;
      count += 1;
      bytes += waiting.bytes;
    }
    this.#bytes -= bytes;
    return this.#waiting.splice(0, count).map(({ span }) => span);
  }

  /** Sends what waits, for at most three seconds; what is left then is dropped. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#send();
    const stop = this.#parts.clock.after(CLOSE_MS, () => this.#over.abort(new Error('the process stops')));
    await this.#sending;
    stop();
    this.#over.abort(new Error('the process stops'));
  }

  #send(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#sending !== null || this.#waiting.length === 0) return;
    this.#sending = this.#sendAll().finally(() => {
      this.#sending = null;
      // What came while the last of them was sent waits like any other.
      this.add([]);
    });
  }

  async #sendAll(): Promise<void> {
    const { fared, log } = this.#parts;
    do {
      const spans = this.#nextBatch();
      if (this.#over.signal.aborted) {
        fared('dropped', spans.length);
        continue;
      }
      const taken = await this.#deliver(spans).catch((thrown: unknown) => {
        log('spans could not be sent', thrown);
        return false;
      });
      fared(taken ? 'sent' : 'refused', spans.length);
    } while (this.#isFull || (this.#closing && this.#waiting.length > 0));
  }

  async #deliver(spans: readonly Span[]): Promise<boolean> {
    const { settings, scope, clock } = this.#parts;
    const plain = encoded({ resource: settings.resource, scope, spans }, settings.protocol);
    const body = settings.compression === 'gzip' ? await compressed(plain) : plain;
    for (let attempt = 1; ; attempt += 1) {
      const sent = await this.#request(body);
      if (sent === 'sent' || sent === 'refused') return sent === 'sent';
      const pause_ms = sent.again_ms ?? FIRST_PAUSE_MS * 2 ** (attempt - 1);
      if (attempt === ATTEMPTS || pause_ms > LONGEST_PAUSE_MS || this.#over.signal.aborted) {
        throw new Error(`${new URL(settings.url).origin} took no spans in ${attempt} attempts`);
      }
      await this.#pause(clock, pause_ms);
    }
  }

  async #request(body: Uint8Array): Promise<Sent> {
    const { url, protocol, headers, compression, timeout_ms } = this.#parts.settings;
    const media = protocol === 'http/json' ? 'application/json' : 'application/x-protobuf';
    let answer: Response;
    try {
      answer = await fetch(url, {
        method: 'POST',
        body,
        headers: {
          ...headers,
          'Content-Type': media,
          ...(compression === 'gzip' ? { 'Content-Encoding': 'gzip' } : {}),
        },
        // Whatever it leads to was not named, and the headers may hold a key.
        redirect: 'manual',
        signal: AbortSignal.any([this.#over.signal, AbortSignal.timeout(timeout_ms)]),
      });
      await answer.arrayBuffer();
    } catch {
      return { again_ms: null };
    }
    if (answer.ok) return 'sent';
    if (PASSING.has(answer.status)) return { again_ms: secondsIn(answer.headers.get('retry-after')) };
    this.#parts.log(`${new URL(url).origin} refused spans with status ${answer.status}`);
    return 'refused';
  }

  #pause(clock: Clock, ms: number): Promise<void> {
    const { signal } = this.#over;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = clock.after(ms, done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

/** Milliseconds, from a `Retry-After` in seconds; null where it says nothing of the kind. */
function secondsIn(said: string | null): number | null {
  return said !== null && /^\d{1,6}$/.test(said) ? Number(said) * 1000 : null;
}
