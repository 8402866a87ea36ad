/** A store that tells how long each of its verbs took, its wait for the disk and for other writers included. */

import { toFault } from '../core/errors.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { Store } from './store.ts';

/** The same verbs. One that is asked for inside another's transaction joins it as before: it is called in the same turn. */
export function timed(store: Store, telemetry: Pick<Telemetry, 'tell'>): Store {
  const nouns = Object.entries(store).filter(([, verbs]) => typeof verbs === 'object');
  return { ...store, ...Object.fromEntries(nouns.map(([noun, verbs]) => [noun, timedVerbs(noun, verbs, telemetry)])) };
}

function timedVerbs(noun: string, verbs: object, telemetry: Pick<Telemetry, 'tell'>): object {
  return Object.fromEntries(
    Object.entries(verbs).map(([name, verb]: [string, Verb]) => [name, timedVerb(`${noun}.${name}`, verb, telemetry)]),
  );
}

type Verb = (...args: readonly unknown[]) => Promise<unknown>;

function timedVerb(name: string, verb: Verb, telemetry: Pick<Telemetry, 'tell'>): Verb {
  return (...args) => {
    const since = performance.now();
    const answer = verb(...args);
    const tell = (code: ReturnType<typeof toFault>['code'] | null): void =>
      telemetry.tell({ kind: 'stored', verb: name, ms: performance.now() - since, code });
    answer.then(
      () => tell(null),
      (thrown: unknown) => tell(toFault(thrown).code),
    );
    return answer;
  };
}
