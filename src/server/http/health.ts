/** How the service is: what it depends on, each looked at, and looked at again only after a while however often it is asked. */

import { type Clock, iso } from '../../core/clock.ts';
import { toFault } from '../../core/errors.ts';

/** One thing the service depends on. */
export interface HealthCheck {
  readonly name: string;
  /** Whether nothing works without it; else the service is only degraded. */
  readonly vital: boolean;
  /** How long a look is good for, milliseconds. */
  readonly ttl_ms: number;
  /** Resolves when all is well; rejects with what is not. What it rejects with is told by its code only: anybody may ask. */
  readonly look: () => Promise<void>;
}

/** `slow`: no answer yet, after the time a look may take. */
export interface CheckView {
  readonly name: string;
  readonly status: 'ok' | 'failing' | 'slow';
  /** Of the catalogue, where it fails. */
  readonly code?: string;
  /** ISO 8601 UTC. */
  readonly checked_at: string;
}

export interface HealthView {
  readonly status: 'ok' | 'degraded' | 'failing';
  readonly version: string;
  readonly checks: readonly CheckView[];
}

/** Whoever asks gives up before that. */
const LOOK_MS = 3000;

interface Look {
  readonly at: number;
  readonly view: Promise<CheckView>;
  /** Whether the thing itself has answered, however late. */
  settled: boolean;
}

export class Health {
  readonly #checks: readonly HealthCheck[];
  readonly #clock: Clock;
  readonly #version: string;
  readonly #looks = new Map<string, Look>();

  constructor(parts: { readonly checks: readonly HealthCheck[]; readonly clock: Clock; readonly version: string }) {
    this.#checks = parts.checks;
    this.#clock = parts.clock;
    this.#version = parts.version;
  }

  async view(): Promise<HealthView> {
    const checks = await Promise.all(this.#checks.map((check) => this.#looked(check)));
    const wrong = this.#checks.filter((_check, at) => checks[at]?.status !== 'ok');
    const status = wrong.length === 0 ? 'ok' : wrong.some(({ vital }) => vital) ? 'failing' : 'degraded';
    return { status, version: this.#version, checks };
  }

  #looked(check: HealthCheck): Promise<CheckView> {
    const now = this.#clock.now();
    const known = this.#looks.get(check.name);
    if (known !== undefined && now >= known.at && now - known.at < check.ttl_ms) return known.view;
    // What hangs is not asked again beside it: each look may hold a thread or a file, and anybody may ask.
    if (known?.settled === false) return known.view;
    const look = this.#look(check, now);
    this.#looks.set(check.name, look);
    return look.view;
  }

  #look({ name, look }: HealthCheck, at: number): Look {
    const checked_at = iso(at);
    const { promise, resolve } = Promise.withResolvers<CheckView>();
    const stop = this.#clock.after(LOOK_MS, () => resolve({ name, status: 'slow', checked_at }));
    const answered = (view: CheckView): void => {
      taken.settled = true;
      resolve(view);
    };
    const taken: Look = { at, view: promise.finally(stop), settled: false };
    look().then(
      () => answered({ name, status: 'ok', checked_at }),
      (thrown: unknown) => answered({ name, status: 'failing', code: toFault(thrown).code, checked_at }),
    );
    return taken;
  }
}
