/** The workflow's sources, made searchable. Cheap when the index exists; rebuilt from the stored texts when it does not. */

import { Fault } from '../../core/errors.ts';
import { isBrought } from '../../core/source.ts';
import type { Journal } from '../../core/step.ts';
import type { Corpus, Library } from '../../providers/providers.ts';
import type { Store } from '../../store/store.ts';
import { collectOutput } from '../journal.ts';

export interface CorpusParts {
  readonly library: Pick<Library, 'prepare'>;
  readonly store: Pick<Store, 'sources' | 'texts'>;
}

export async function openCorpus(parts: CorpusParts, journal: Journal, signal: AbortSignal): Promise<Corpus> {
  const collected = collectOutput(journal);
  if (collected === null) throw new Fault('INTERNAL', 'the sources have not been collected');
  const all = await parts.store.sources.list(journal.workflow.task_id);
  // What agents brought in the meantime is their own: the index was made of what was collected.
  const corpus: Corpus = { corpus_id: collected.corpus_id, sources: all.filter((source) => !isBrought(source)) };
  if (corpus.sources.length === 0) return corpus;
  await parts.library.prepare(corpus, (source) => parts.store.texts.get(source.sha256, source.format), signal);
  return corpus;
}
