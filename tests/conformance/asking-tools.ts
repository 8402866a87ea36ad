/** Tools that need something of the client first: asked for in the answer, given with the call made again. */

import { randomBytes } from 'node:crypto';
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  type InputRequest,
  inputRequired,
  inputResponse,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { members } from '../../src/server/mcp/members.ts';
import { type Answer, type FixtureTool, text } from './fixture.ts';

interface Round {
  readonly round: number;
}

/** Signs what a client holds between two calls, so that it is known when it comes back changed. */
export const states = createRequestStateCodec<Round>({ key: randomBytes(32) });

const named = z.object({ name: z.string() });
const coloured = z.object({ color: z.string() });
const confirmed = z.object({ ok: z.boolean() });

const whatName: InputRequest = inputRequired.elicit({ message: 'What is your name?', requestedSchema: named });
const whatColour: InputRequest = inputRequired.elicit({ message: 'What is your colour?', requestedSchema: coloured });
const confirm: InputRequest = inputRequired.elicit({ message: 'Please confirm', requestedSchema: confirmed });
const roots: InputRequest = inputRequired.listRoots();

function sample(question: string, maxTokens = 100): InputRequest {
  const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: question } }];
  return inputRequired.createMessage({ messages, maxTokens });
}

/** The name, from whoever has given it. */
export function nameGiven({ mcpReq }: ServerContext): string | undefined {
  return acceptedContent(mcpReq.inputResponses, 'user_name', named)?.name;
}

export function askName(): Answer {
  return inputRequired({ inputRequests: { user_name: whatName } });
}

/** Asks one thing, and is content with any answer of its kind. */
function asks(key: string, kind: 'elicit' | 'sampling' | 'roots', request: InputRequest): FixtureTool['run'] {
  return async (_, { mcpReq }) =>
    inputResponse(mcpReq.inputResponses, key).kind === kind
      ? text(JSON.stringify(mcpReq.inputResponses?.[key]))
      : inputRequired({ inputRequests: { [key]: request } });
}

const withState: FixtureTool['run'] = async (_, { mcpReq }) => {
  const state = mcpReq.requestState<Round>();
  if (state !== undefined && acceptedContent(mcpReq.inputResponses, 'confirm', confirmed) !== undefined) {
    return text('state-ok');
  }
  return inputRequired({ inputRequests: { confirm }, requestState: await states.mint({ round: 1 }) });
};

const inRounds: FixtureTool['run'] = async (_, { mcpReq }) => {
  const round = mcpReq.requestState<Round>()?.round ?? 0;
  const { inputResponses } = mcpReq;
  if (round === 2 && acceptedContent(inputResponses, 'step2', coloured) !== undefined) return text('both steps taken');
  if (round === 1 && acceptedContent(inputResponses, 'step1', named) !== undefined) {
    return inputRequired({ inputRequests: { step2: whatColour }, requestState: await states.mint({ round: 2 }) });
  }
  return inputRequired({ inputRequests: { step1: whatName }, requestState: await states.mint({ round: 1 }) });
};

const several: FixtureTool['run'] = async (_, { mcpReq }) => {
  const { inputResponses } = mcpReq;
  const given =
    inputResponse(inputResponses, 'user_name').kind === 'elicit' &&
    inputResponse(inputResponses, 'greeting').kind === 'sampling' &&
    inputResponse(inputResponses, 'client_roots').kind === 'roots';
  if (given) return text('all given');
  const inputRequests = { user_name: whatName, greeting: sample('Generate a greeting', 50), client_roots: roots };
  return inputRequired({ inputRequests, requestState: await states.mint({ round: 1 }) });
};

/** Asks only for what the client says it can give. */
const asAble: FixtureTool['run'] = async (_, { mcpReq }) => {
  const able = members(members(mcpReq.envelope)[CLIENT_CAPABILITIES_META_KEY]);
  return inputRequired({
    inputRequests: {
      ...('sampling' in able ? { greeting: sample('Generate a greeting') } : {}),
      ...('elicitation' in able ? { user_name: whatName } : {}),
    },
  });
};

const USER = inputRequired.elicit({
  message: 'Please give your details',
  requestedSchema: {
    type: 'object',
    properties: { username: { type: 'string' }, email: { type: 'string' } },
    required: ['username', 'email'],
  },
});

const DEFAULTS = inputRequired.elicit({
  message: 'Please check',
  requestedSchema: {
    type: 'object',
    properties: {
      name: { type: 'string', default: 'John Doe' },
      age: { type: 'integer', default: 30 },
      score: { type: 'number', default: 95.5 },
      status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
      verified: { type: 'boolean', default: true },
    },
  },
});

const titled = (name: string) => [
  { const: 'value1', title: `First ${name}` },
  { const: 'value2', title: `Second ${name}` },
];
const untitled = ['option1', 'option2', 'option3'];

const CHOICES = inputRequired.elicit({
  message: 'Please choose',
  requestedSchema: {
    type: 'object',
    properties: {
      untitledSingle: { type: 'string', enum: untitled },
      titledSingle: { type: 'string', oneOf: titled('option') },
      legacyEnum: { type: 'string', enum: ['opt1', 'opt2'], enumNames: ['Option One', 'Option Two'] },
      untitledMulti: { type: 'array', items: { type: 'string', enum: untitled } },
      titledMulti: { type: 'array', items: { anyOf: titled('choice') } },
    },
  },
});

export const ASKING_TOOLS: readonly FixtureTool[] = [
  {
    name: 'test_input_required_result_elicitation',
    description: 'Asks for a name',
    run: async (_, context) => {
      const name = nameGiven(context);
      return name === undefined ? askName() : text(`Hello, ${name}!`);
    },
  },
  {
    name: 'test_input_required_result_sampling',
    description: 'Asks the model of the client',
    run: asks('capital_question', 'sampling', sample('What is the capital of France?')),
  },
  {
    name: 'test_input_required_result_list_roots',
    description: 'Asks for the roots of the client',
    run: asks('client_roots', 'roots', roots),
  },
  { name: 'test_input_required_result_request_state', description: 'Asks, and signs its state', run: withState },
  { name: 'test_input_required_result_tampered_state', description: 'Asks, and signs its state', run: withState },
  { name: 'test_input_required_result_multiple_inputs', description: 'Asks for three things', run: several },
  { name: 'test_input_required_result_multi_round', description: 'Asks twice', run: inRounds },
  { name: 'test_input_required_result_capabilities', description: 'Asks for what can be given', run: asAble },
  { name: 'test_streaming_elicitation', description: 'Asks', run: asks('confirm', 'elicit', confirm) },
  {
    name: 'test_sampling',
    description: 'Asks the model of the client',
    inputSchema: z.object({ prompt: z.string() }),
    run: async ({ prompt }, context) => asks('answer', 'sampling', sample(String(prompt)))({}, context),
  },
  {
    name: 'test_elicitation',
    description: 'Asks for details',
    inputSchema: z.object({ message: z.string() }),
    run: asks('user', 'elicit', USER),
  },
  {
    name: 'test_elicitation_sep1034_defaults',
    description: 'Asks with defaults',
    run: asks('checked', 'elicit', DEFAULTS),
  },
  {
    name: 'test_elicitation_sep1330_enums',
    description: 'Asks for choices',
    run: asks('chosen', 'elicit', CHOICES),
  },
];
