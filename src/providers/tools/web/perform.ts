/** A job of the reading threads, done. `begun` is told once what it needs is loaded. */

import { parseDocument, UnreadableDocument } from '../documents/documents.ts';
import { seen } from './characters.ts';
import { domainOfHost } from './hosts.ts';
import type { Job, Result, TextsJob } from './jobs.ts';
import type { ReadText } from './read-body.ts';
import { robotsAllow } from './robots-rules.ts';

export async function perform(job: Job, begun: () => void = () => {}): Promise<Result> {
  switch (job.kind) {
    case 'body': {
      // Loaded when it is needed: rules are looked at first, and reading pages takes a second to load.
      const { readBody } = await import('./read-body.ts');
      begun();
      return readBody(job);
    }
    case 'robots':
      begun();
      return robotsAllow(job.robots, job.url, job.agent);
    case 'texts':
      begun();
      return Promise.all(job.texts.map(readText));
    default:
      return job satisfies never;
  }
}

async function readText({ url, title, markdown }: TextsJob['texts'][number]): Promise<ReadText | null> {
  const bytes = new TextEncoder().encode(seen(markdown));
  try {
    const { text } = await parseDocument({ name: 'text.md', bytes, location: url });
    return { ...text, title, domain: domainOfHost(new URL(url).hostname) ?? text.domain };
  } catch (error) {
    if (error instanceof UnreadableDocument) return null;
    throw error;
  }
}
