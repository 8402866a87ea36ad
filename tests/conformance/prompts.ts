/** The prompts that the conformance suites ask for. */

import {
  acceptedContent,
  type GetPromptResult,
  inputRequired,
  type InputRequiredResult,
  type Prompt,
  type PromptMessage,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Members } from '../../src/server/mcp/members.ts';
import { PNG } from './fixture.ts';

interface FixturePrompt {
  readonly name: string;
  readonly card: Prompt;
  readonly made: (args: Members, context: ServerContext) => GetPromptResult | InputRequiredResult;
}

function says(text: string): PromptMessage {
  return { role: 'user', content: { type: 'text', text } };
}

function prompt(name: string, args: readonly string[], made: FixturePrompt['made']): FixturePrompt {
  const named = args.map((argument) => ({ name: argument, description: argument, required: true }));
  return { name, card: { name, description: `Prompt ${name}`, arguments: named }, made };
}

const contextual = z.object({ context: z.string() });

export const PROMPTS: readonly FixturePrompt[] = [
  prompt('test_simple_prompt', [], () => ({ messages: [says('This is a simple prompt.')] })),
  prompt('test_prompt_with_arguments', ['arg1', 'arg2'], ({ arg1, arg2 }) => ({
    messages: [says(`The arguments are ${String(arg1)} and ${String(arg2)}.`)],
  })),
  prompt('test_prompt_with_embedded_resource', ['resourceUri'], ({ resourceUri }) => {
    const resource = { uri: String(resourceUri), mimeType: 'text/plain', text: 'An embedded resource.' };
    return { messages: [{ role: 'user', content: { type: 'resource', resource } }, says('Process it.')] };
  }),
  prompt('test_prompt_with_image', [], () => ({
    messages: [{ role: 'user', content: { type: 'image', data: PNG, mimeType: 'image/png' } }, says('Look at it.')],
  })),
  prompt('test_input_required_result_prompt', [], (_, { mcpReq }) => {
    const given = acceptedContent(mcpReq.inputResponses, 'user_context', contextual);
    if (given !== undefined) return { messages: [says(given.context)] };
    const asked = inputRequired.elicit({ message: 'In which context?', requestedSchema: contextual });
    return inputRequired({ inputRequests: { user_context: asked } });
  }),
];
