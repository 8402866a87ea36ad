/**
 * Who watches this process, as it was asked for: traces go to a collector where the usual variables name one, numbers are
 * kept where somebody may come to read them. What neither asks for is not loaded.
 */

import type { Clock } from '../core/clock.ts';
import { toFault } from '../core/errors.ts';
import { type Happening, type OtlpSettings, type Telemetry, UNTOLD } from '../core/telemetry.ts';
import type { Metrics } from './metrics.ts';
import type { Readings } from './readings.ts';
import type { Traces } from './traces.ts';

export interface TelemetryOptions {
  /** Null: no traces. */
  readonly otlp: OtlpSettings | null;
  /** Whether numbers are kept. */
  readonly metrics: boolean;
  readonly version: string;
  readonly clock: Clock;
  readonly log: (message: string, thrown?: unknown) => void;
}

export interface Watching extends Telemetry {
  /** Says where what is only known at the moment it is asked for is read. */
  reads(readings: Readings): void;
  /** The numbers in the text format of Prometheus 0.0.4; empty where none are kept. */
  text(): Promise<string>;
  /** Sends what still waits, for a few seconds at most. */
  close(): Promise<void>;
}

const NOBODY: Watching = { ...UNTOLD, reads: () => undefined, text: async () => '', close: async () => undefined };

export async function openTelemetry(options: TelemetryOptions): Promise<Watching> {
  const { otlp, clock, version, log } = options;
  if (otlp === null && !options.metrics) return NOBODY;
  const metrics: Metrics | null = options.metrics ? new (await import('./metrics.ts')).Metrics(version) : null;
  let traces: Traces | null = null;
  if (otlp !== null) {
    const fared = (fate: 'sent' | 'dropped' | 'refused', spans: number): void => metrics?.fared(fate, spans);
    traces = new (await import('./traces.ts')).Traces({ settings: otlp, clock, version, fared, log });
  }
  const tell = (happening: Happening): void => {
    for (const watcher of [metrics, traces]) {
      try {
        watcher?.tell(happening);
      } catch (thrown) {
        log(`${happening.kind} could not be told`, toFault(thrown));
      }
    }
  };
  let known: Readings | null = null;
  return {
    traces: traces !== null,
    tell,
    reads: (readings) => {
      known = readings;
    },
    text: async () => (await metrics?.text(known)) ?? '',
    close: async () => traces?.close(),
  };
}
