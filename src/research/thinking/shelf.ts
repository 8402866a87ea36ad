/** What an agent can read and quote: its part of the collected sources, and the texts its tools brought. Ids are given here and nowhere else. */

import type { Source, StoredText } from '../../core/source.ts';
import type { Workbench } from '../../providers/providers.ts';

/** A text that a tool brought, as the recorded call names it: where it is stored, and what will be said of it. */
export type Brought = Omit<Source, 'source_id' | 'also_at'>;

export class Shelf {
  readonly #agent_id: string;
  readonly #texts: Pick<Workbench['texts'], 'read'>;
  readonly #sources = new Map<string, Source>();
  readonly #brought: Source[] = [];

  constructor(agent_id: string, sources: readonly Source[], texts: Pick<Workbench['texts'], 'read'>) {
    this.#agent_id = agent_id;
    this.#texts = texts;
    for (const source of sources) this.#sources.set(source.source_id, source);
  }

  /** The text as a source of this agent. The same text met again is the source it was. */
  add(text: Brought): Source {
    for (const source of this.#sources.values()) {
      if (source.sha256 === text.sha256 && source.format === text.format) return source;
    }
    const source: Source = { ...text, source_id: `${this.#agent_id}.s${this.#brought.length + 1}`, also_at: [] };
    this.#brought.push(source);
    this.#sources.set(source.source_id, source);
    return source;
  }

  find(source_id: string): Source | null {
    return this.#sources.get(source_id) ?? null;
  }

  /** Ids for a message, the first of them where there are many. */
  ids(): string {
    const ids = [...this.#sources.keys()];
    const more = ids.length > SHOWN ? ` and ${ids.length - SHOWN} more` : '';
    return ids.length === 0 ? 'none yet' : ids.slice(0, SHOWN).join(', ') + more;
  }

  /** Those of the named sources that tools brought: they become sources of the workflow. */
  brought(cited: ReadonlySet<string>): readonly Source[] {
    return this.#brought.filter(({ source_id }) => cited.has(source_id));
  }

  read(source: Source): Promise<StoredText> {
    return this.#texts.read(source);
  }
}

const SHOWN = 40;
