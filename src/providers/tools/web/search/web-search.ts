/** A search of the web, whoever answers it. */

import type { Api } from '../api.ts';

export interface SearchResult {
  readonly title: string;
  readonly url: string;
  readonly snippet: string;
  readonly date: string | null;
}

export interface WebSearch {
  search(
    wish: { readonly query: string; readonly most: number },
    signal: AbortSignal,
  ): Promise<readonly SearchResult[]>;
}

export interface SearchAccess {
  readonly api: Api;
  readonly base_url: string;
  /** Empty where none is needed. */
  readonly key: string;
}

export type OpenSearch = (access: SearchAccess) => WebSearch;
