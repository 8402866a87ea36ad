/** The workflow's sources, made searchable. Cheap when the index exists; rebuilt from the stored texts when it does not. */

import { Fault } from '../../core/errors.ts';
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
  const sources = await parts.store.sources.list(journal.workflow.task_id);
  const corpus: Corpus = { corpus_id: collected.corpus_id, sources };
  await parts.library.prepare(corpus, (source) => parts.store.texts.get(source.sha256, source.format), signal);
  return corpus;
}
