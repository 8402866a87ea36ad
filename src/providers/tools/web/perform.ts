/** A job of the reading threads, done. */

import { parseDocument, UnreadableDocument } from '../documents/documents.ts';
import { seen } from './characters.ts';
import { domainOfHost } from './hosts.ts';
import type { Job, Result, TextsJob } from './jobs.ts';
import type { ReadText } from './read-body.ts';
import { robotsAllow } from './robots-rules.ts';

export async function perform(job: Job): Promise<Result> {
  switch (job.kind) {
    case 'body':
      // Loaded when it is needed: rules are looked at first, and reading pages takes a second to load.
      return (await import('./read-body.ts')).readBody(job);
    case 'robots':
      return robotsAllow(job.robots, job.url, job.agent);
    case 'texts':
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
