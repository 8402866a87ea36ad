/** Collecting: the user's files become sources of this workflow, their texts stored once by content. */

import { createHash } from 'node:crypto';
import { type Clock, iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import type { Source } from '../../core/source.ts';
import type { StepKind } from '../../engine/engine.ts';
import type { CollectedText, Library } from '../../providers/providers.ts';
import type { Store } from '../../store/store.ts';
import { asJson, type CollectOutput, eventOf, failureEvent, plain } from '../journal.ts';

export interface CollectParts {
  readonly library: Pick<Library, 'collect'>;
  readonly store: Pick<Store, 'texts'>;
  readonly clock: Clock;
}

/** Most skipped files recorded by name; their number is always exact. */
const SKIPPED_KEPT = 200;

export function collectKind(parts: CollectParts): StepKind {
  return {
    run: async ({ journal, signal, progress, persist }) => {
      const { roots } = journal.workflow.config;
      const sources = new SourceList(parts.clock);
      const options = { roots, signal, progress: ({ files = 0 }) => progress(`reading documents: ${files} so far`) };
      const each = async (text: CollectedText): Promise<void> => {
        if (!sources.add(text)) return;
        await persist(() => parts.store.texts.put({ ...text, stored_by: journal.workflow.task_id }));
      };
      // A workflow whose agents only search with tools has no documents, and says so in its submission.
      const end = roots.length === 0 ? { skipped: [] } : await parts.library.collect(options, each);
      const list = sources.list();
      if (list.length === 0 && roots.length > 0)
        throw nothingReadable(
          roots.map((root) => root.path),
          end.skipped,
        );
      const output: CollectOutput = {
        corpus_id: corpusId(list),
        sources: list.length,
        characters: list.reduce((sum, source) => sum + source.characters, 0),
        skipped: end.skipped.slice(0, SKIPPED_KEPT),
        skipped_total: end.skipped.length,
      };
      return { output: asJson(output), evidence: { sources: list } };
    },
    events: (spec, moment) => {
      if (moment.kind === 'started') return [eventOf(spec, 'agent_progress', { activity: 'collecting the sources' })];
      // A final failure ends the workflow, whose own event tells it.
      if (moment.kind === 'failed' && moment.retry_at === null) return [];
      if (moment.kind === 'failed') return [failureEvent(spec, moment, { step: spec.step_id })];
      const { sources, characters, skipped_total } = plain(moment.output) as CollectOutput;
      if (sources + skipped_total === 0) {
        return [
          eventOf(spec, 'agent_progress', { activity: 'no documents were given: agents search with their tools' }),
        ];
      }
      const skipped = skipped_total === 0 ? '' : `, ${skipped_total} skipped`;
      const activity = `${sources} ${sources === 1 ? 'document' : 'documents'} read${skipped}`;
      return [eventOf(spec, 'agent_progress', { activity, sources, characters, skipped: skipped_total })];
    },
  };
}

/** Sources in the order they were read, numbered; the same text met again is another location of the first. */
class SourceList {
  readonly #clock: Clock;
  readonly #byText = new Map<string, { source: Source; also_at: string[] }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** False when this very text is known already. */
  add(text: CollectedText): boolean {
    const key = `${text.sha256}/${text.format}`;
    const known = this.#byText.get(key);
    if (known !== undefined) {
      known.also_at.push(text.location);
      return false;
    }
    const source: Source = {
      source_id: `s${this.#byText.size + 1}`,
      sha256: text.sha256,
      format: text.format,
      title: text.title,
      location: text.location,
      uri: text.uri,
      domain: text.domain,
      date: text.date,
      modified_at: text.modified_at,
      accessed_at: iso(this.#clock.now()),
      characters: text.text.length,
      also_at: [],
    };
    this.#byText.set(key, { source, also_at: [] });
    return true;
  }

  list(): readonly Source[] {
    return [...this.#byText.values()].map(({ source, also_at }) => ({ ...source, also_at }));
  }
}

/** Names the content of a set of sources, so that equal sets share an index. Nothing that differs between runs goes in. */
function corpusId(sources: readonly Source[]): string {
  const hash = createHash('sha256');
  for (const { source_id, sha256, format, title, location, domain, date } of sources) {
    hash.update(JSON.stringify([source_id, sha256, format, title, location, domain, date]));
  }
  return hash.digest('hex').slice(0, 32);
}

function nothingReadable(
  paths: readonly string[],
  skipped: readonly { readonly location: string; readonly reason: string }[],
): Fault {
  const reasons = skipped.slice(0, 5).map(({ location, reason }) => `${location} (${reason})`);
  const more = skipped.length > reasons.length ? ` and ${skipped.length - reasons.length} more` : '';
  const detail = reasons.length === 0 ? 'it is empty' : `skipped: ${reasons.join('; ')}${more}`;
  return new Fault('NOTHING_READABLE', `no readable document in ${paths.join(', ')}: ${detail}`);
}
