/** What happened, as spans for a collector. */

import type { Clock } from '../core/clock.ts';
import type { Happening, OtlpSettings, Traced } from '../core/telemetry.ts';
import { Exporter, type Fate } from './otlp/exporter.ts';
import { isSampled } from './sampling.ts';
import { spansOf } from './spans.ts';

export interface TracesParts {
  readonly settings: OtlpSettings;
  readonly clock: Clock;
  readonly version: string;
  readonly fared: (fate: Fate, spans: number) => void;
  readonly log: (message: string, thrown?: unknown) => void;
}

export class Traces {
  readonly #settings: OtlpSettings;
  readonly #exporter: Exporter;

  constructor({ settings, clock, version, fared, log }: TracesParts) {
    this.#settings = settings;
    this.#exporter = new Exporter({ settings, scope: { name: 'beltalowda', version }, clock, fared, log });
  }

  tell(happening: Happening): void {
    const of = tracedOf(happening);
    if (of === null || !isSampled(of, this.#settings.sampler)) return;
    this.#exporter.add(spansOf(happening, this.#settings.content));
  }

  close(): Promise<void> {
    return this.#exporter.close();
  }
}

function tracedOf(happening: Happening): Traced | null {
  if ('of' in happening) return happening.of;
  return 'workflow' in happening ? happening.workflow : null;
}
