/** What kind of material a host is known for. */

import type { Domain } from '../../../core/source.ts';

const KNOWN: Readonly<Partial<Record<Domain, RegExp>>> = {
  academic:
    /(?:^|\.)(?:arxiv\.org|doi\.org|ncbi\.nlm\.nih\.gov|pubmed\.gov|nature\.com|science\.org|sciencedirect\.com|springer\.com|acm\.org|ieee\.org|jstor\.org|biorxiv\.org|medrxiv\.org|plos\.org|semanticscholar\.org|openreview\.net|aclanthology\.org|ssrn\.com|hal\.science)$/u,
  news: /(?:^|\.)(?:reuters\.com|apnews\.com|bbc\.(?:com|co\.uk)|nytimes\.com|theguardian\.com|washingtonpost\.com|ft\.com|bloomberg\.com|economist\.com|lemonde\.fr|spiegel\.de|zeit\.de|faz\.net|elpais\.com|aljazeera\.com|npr\.org)$/u,
  technical:
    /(?:^|\.)(?:github\.com|gitlab\.com|githubusercontent\.com|stackoverflow\.com|stackexchange\.com|developer\.mozilla\.org|readthedocs\.io|rfc-editor\.org|ietf\.org|w3\.org)$/u,
  social:
    /(?:^|\.)(?:reddit\.com|x\.com|twitter\.com|news\.ycombinator\.com|mastodon\.social|bsky\.app|facebook\.com|linkedin\.com)$/u,
  video: /(?:^|\.)(?:youtube\.com|youtu\.be|vimeo\.com|bilibili\.com)$/u,
};

/** The domain of a host that is known for one; null where its pages speak for themselves. */
export function domainOfHost(host: string): Domain | null {
  const found = Object.entries(KNOWN).find(([, pattern]) => pattern.test(host.toLowerCase()));
  return (found?.[0] as Domain | undefined) ?? null;
}
