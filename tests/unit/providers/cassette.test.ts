import { describe, expect, test } from 'vitest';
import { Fault } from '../../../src/core/errors.ts';
import type { ModelRequest } from '../../../src/providers/language-model.ts';
import { cassette, scripted } from '../../support/cassette.ts';
import { temporaryFolder } from '../../support/folder.ts';

const REQUEST: ModelRequest = {
  system: 'You quote.\nYou invent nothing.',
  messages: [
    { role: 'user', text: 'What is written first?' },
    {
      role: 'assistant',
      text: '',
      tool_uses: [{ id: 'toolu_1', name: 'search', input: { query: 'log' }, raw: '{"query":"log"}' }],
      opaque: { signature: 'one' },
    },
    { role: 'tool', id: 'toolu_1', name: 'search', text: 'The log.', failed: false },
  ],
  tools: [{ name: 'search', description: 'Searches.', input_schema: { type: 'object' } }],
  tool_choice: 'auto',
  output: null,
  max_output_tokens: 1000,
};

const options = () => ({ signal: new AbortController().signal, idempotency_key: 'key' });

/** The same conversation as another run would have it: other ids, other signatures, a trailing blank. */
const AGAIN: ModelRequest = {
  ...REQUEST,
  system: 'You quote.  \nYou invent nothing.\n',
  messages: REQUEST.messages.map((message) => {
    if (message.role === 'tool') return { ...message, id: 'toolu_9' };
    if (message.role !== 'assistant') return message;
    return { ...message, opaque: null, tool_uses: message.tool_uses.map((use) => ({ ...use, id: 'toolu_9' })) };
  }),
};

describe('a cassette', () => {
  test('answers from the recording, also where only ids and signatures differ', async () => {
    const file = `${await temporaryFolder()}/tape.json`;
    const limited = new Fault('PROVIDER_LIMITED', 'slower', { retryAfterMs: 2000 });
    const live = scripted([limited, { text: 'The log [s1].' }]);
    const recording = cassette({ file, live });
    const first = await recording.exchange(REQUEST, options());
    const second = await recording.exchange(REQUEST, options());
    recording.save();

    const replay = cassette({ file });
    const heard: string[] = [];
    expect(await replay.exchange(AGAIN, options())).toEqual(first);
    expect(await replay.exchange(AGAIN, { ...options(), delta: (text) => heard.push(text) })).toEqual(second);
    expect(await replay.exchange(AGAIN, options())).toEqual(second);
    expect(first).toMatchObject({ kind: 'failed', fault: { code: 'PROVIDER_LIMITED', retryAfterMs: 2000 } });
    expect(heard).toEqual(['The log [s1].']);
    expect(live.requests).toHaveLength(2);
  });

  test('refuses a request that was not recorded, beside the nearest one that was', async () => {
    const file = `${await temporaryFolder()}/tape.json`;
    const recording = cassette({ file, live: scripted([{ text: 'a' }, { text: 'b' }]) });
    await recording.exchange(REQUEST, options());
    await recording.exchange({ ...REQUEST, messages: [], system: 'Something else.' }, options());
    recording.save();

    const asked = { ...REQUEST, system: 'You quote.\nYou guess.' };
    await expect(cassette({ file }).exchange(asked, options())).rejects.toThrow(
      /2 recorded.*\n.*You quote\.\n- You invent nothing\..*\n\+ You guess\./s,
    );
  });

  test('a script that is at its end is an error, and an abort is its own reason', async () => {
    const model = scripted([{ tool_uses: [{ name: 'search', input: { query: 'log' } }] }]);
    const answered = await model.exchange(REQUEST, options());
    expect(answered).toMatchObject({ kind: 'answered', answer: { stop: 'tools', usage: { cached_tokens: 0 } } });
    await expect(model.exchange(REQUEST, options())).rejects.toThrow('the script ends after 1 answers');
    const reason = new Error('stopped by hand');
    const stopped = { ...options(), signal: AbortSignal.abort(reason) };
    await expect(model.exchange(REQUEST, stopped)).rejects.toBe(reason);
  });
});
