/** One prompt: a message that leads a model through the tools. It opens nothing; its arguments are strings, as the protocol has it. */

import { z } from 'zod';
import { MAX_AGENTS } from '../../core/limits.ts';
import { DEFAULT_PATTERN, PLAIN_PATTERNS } from '../../core/patterns.ts';
import { DOMAINS } from '../../core/source.ts';
import { parseArguments } from './arguments.ts';
import { taskId, text } from './fields.ts';
import { members, type Members } from './members.ts';
import { PLAIN_WORDS } from './patterns.ts';
import { inputSchemaOf } from './schema.ts';

/** What an argument can be completed to: words of a fixed list, several of them with commas between, or own task_ids. */
export type Completable =
  | { readonly kind: 'one' | 'several'; readonly words: readonly string[] }
  | { readonly kind: 'task_id' };

interface PromptArgument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
}

/** A prompt as `prompts/list` shows it. */
export interface PromptCard {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: PromptArgument[];
}

export interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Converted when first asked for. */
  readonly card: () => PromptCard;
  /** The message for these arguments. Throws INVALID_INPUT that names the argument. */
  readonly message: (raw: unknown) => string;
  readonly completable: Readonly<Record<string, Completable>>;
}

interface PromptDefinition<A extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: A;
  readonly message: (args: z.output<A>) => string;
}

/** Arguments that several prompts take, by name. */
const COMPLETABLE: Readonly<Record<string, Completable>> = {
  pattern: { kind: 'one', words: PLAIN_PATTERNS },
  domains: { kind: 'several', words: DOMAINS },
  task_id: { kind: 'task_id' },
};

export const argument = {
  sources: text(4096).optional().describe('Files or folders to read, separated by commas; default all allowed ones'),
  pattern: z.enum(PLAIN_PATTERNS).optional().describe(`${PLAIN_WORDS}. Default ${DEFAULT_PATTERN}`),
  domains: text(200)
    .refine((value) => list(value).every((word) => DOMAINS.some((domain) => domain === word)), {
      error: `must be domains separated by commas, of ${DOMAINS.join(', ')}`,
    })
    .optional()
    .describe('Kinds of material to search, separated by commas; makes it a swarm'),
  agents: z
    .string()
    .refine((value) => /^\d{1,2}$/.test(value) && Number(value) >= 1 && Number(value) <= MAX_AGENTS, {
      error: `must be a whole number from 1 to ${MAX_AGENTS}`,
    })
    .optional()
    .describe(`How many researchers, 1 to ${MAX_AGENTS}; default by the question`),
  task_id: taskId.optional().describe('An earlier research task to build on'),
};

/** `a, b ,c` as its parts. */
export function list(joined: string | undefined): string[] {
  return (joined ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
}

export function definePrompt<A extends z.ZodObject>(definition: PromptDefinition<A>): Prompt {
  const { name, title, description, arguments: schema } = definition;
  let card: PromptCard | undefined;
  return {
    name,
    title,
    description,
    card: () => (card ??= { name, title, description, arguments: argumentsOf(schema) }),
    message: (raw) => definition.message(parseArguments(schema, given(raw), 'prompt')),
    completable: Object.fromEntries(Object.entries(COMPLETABLE).filter(([argument]) => argument in schema.shape)),
  };
}

function argumentsOf(schema: z.ZodObject): PromptArgument[] {
  const { properties, required } = inputSchemaOf(schema);
  return Object.entries(members(properties)).map(([name, member]) => {
    const { description } = members(member);
    return {
      name,
      description: typeof description === 'string' ? description : '',
      required: Array.isArray(required) && required.includes(name),
    };
  });
}

/** A form that was left empty sends empty strings: these were not given. */
function given(raw: unknown): Members {
  return Object.fromEntries(
    Object.entries(members(raw)).filter(([, value]) => typeof value !== 'string' || value.trim() !== ''),
  );
}
