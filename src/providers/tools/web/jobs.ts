/** What the reading threads are asked and what they answer. Both sides are this program, so messages are typed, not parsed. */

import type { BodyJob, BodyRead, ReadText } from './read-body.ts';

interface RobotsJob {
  readonly kind: 'robots';
  /** The text of the site's robots.txt, and the page that is asked about. */
  readonly robots: string;
  readonly url: string;
  readonly agent: string;
}

/** Short texts of an interface (abstracts, articles), given as Markdown. */
export interface TextsJob {
  readonly kind: 'texts';
  readonly texts: readonly { readonly url: string; readonly title: string; readonly markdown: string }[];
}

export type Job = BodyJob | RobotsJob | TextsJob;

export interface Results {
  readonly body: BodyRead;
  readonly robots: boolean;
  /** In the order asked for; null where a text has nothing to read. */
  readonly texts: readonly (ReadText | null)[];
}

export type Result = Results[keyof Results];

export type Reply = { readonly result: Result } | { readonly failure: string };

/** All that the job needs is loaded, and it is begun. */
export type Begun = { readonly begun: true };
