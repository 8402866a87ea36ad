import { expect, test } from 'vitest';
import type { Evidence } from '../../src/core/step.ts';
import type { Hold, Store } from '../../src/store/store.ts';
import { fresh, type OpenStore } from './opened.ts';
import { claim, intent, LAYOUT, outcome, passage, running, source, textOf } from './rows.ts';

const TEXT = textOf('quote and more');

async function settleWith(store: Store, evidence: Evidence): Promise<{ hold: Hold; settled: Promise<unknown> }> {
  const hold = await running(store);
  await store.texts.put(TEXT);
  await store.steps.begin(hold, intent('a'));
  const events = [{ event_type: 'source_found', data: {} }] as const;
  return { hold, settled: store.steps.settle(hold, outcome('a', { evidence, events })) };
}

export function evidenceContract(open: OpenStore): void {
  test('evidence comes back as it was given, sources in their order, claims by agent and order', async () => {
    const at = await fresh(open);
    const sources = ['s2', 's10', 's1'].map((id) => source(id, TEXT, { date: id === 's1' ? null : '2025' }));
    const claims = [
      claim('belter-2.1', { agent_id: 'belter-2', score: 0.1, text: 'naïve 日本 😀' }),
      claim('belter-1.2', { label: 'unsupported' }),
      claim('belter-1.1'),
    ];
    const { hold, settled } = await settleWith(at.store, { sources, claims, passages: [passage('p1')] });
    await settled;
    const store = await at.reopen();
    expect(await store.sources.list(hold.task_id)).toEqual(sources);
    expect(await store.sources.get(hold.task_id, 's10')).toEqual(sources[1]);
    expect(await store.sources.get(hold.task_id, 's3')).toBeNull();
    expect(await store.claims.list(hold.task_id)).toEqual([claims[1], claims[2], claims[0]]);
  });

  const sound: Evidence = { sources: [source('s1', TEXT)], passages: [passage('p1')], claims: [claim('c1')] };
  const broken: Record<string, Evidence> = {
    'a claim on an unknown source': { ...sound, claims: [claim('c1'), claim('c2', { source_id: 's9' })] },
    'a passage of an unknown source': { ...sound, passages: [passage('p1', { source_id: 's9' })] },
    'a source whose text is not stored': { sources: [source('s1', textOf('never stored'))] },
    'the same claim twice': { ...sound, claims: [claim('c1'), claim('c1')] },
  };
  test.each(Object.keys(broken))('%s takes the whole outcome back', async (name) => {
    const { store } = await fresh(open);
    const { hold, settled } = await settleWith(store, broken[name] ?? {});
    await expect(settled).rejects.toThrow(/./);
    expect(await store.steps.list(hold.task_id)).toMatchObject([{ status: 'running', output: null }]);
    expect(await store.sources.list(hold.task_id)).toEqual([]);
    expect(await store.claims.list(hold.task_id)).toEqual([]);
    expect((await store.workflows.get(hold.task_id))?.version).toBe(1);
    await store.steps.settle(hold, outcome('a', { evidence: sound }));
    expect(await store.claims.list(hold.task_id)).toEqual([claim('c1')]);
  });

  test('a verb that fails takes nothing back but itself', async () => {
    const { store } = await fresh(open);
    const { hold, settled } = await settleWith(store, { claims: [claim('c1')] });
    const beside = store.events.append(hold, [{ event_type: 'agent_progress', data: {} }]);
    await expect(settled).rejects.toThrow(/./);
    await beside;
    const events = await store.events.list(hold.task_id, { after: 1, limit: 9 });
    expect(events.map(({ event_type }) => event_type)).toEqual(['agent_progress']);
  });

  test('an outcome that is refused because one is recorded brings no evidence', async () => {
    const { store } = await fresh(open);
    const { hold, settled } = await settleWith(store, sound);
    await settled;
    await store.steps.settle(hold, outcome('a', { evidence: { claims: [claim('c2')] } }));
    expect(await store.claims.list(hold.task_id)).toEqual([claim('c1')]);
  });

  const texts: Record<string, string> = {
    empty: '',
    short: 'a',
    unicode: 'naïve ﬁ 日本語 😀 e\u0301 \u202e \0 \r\n'.repeat(200),
    large: Array.from({ length: 200_000 }, (_, n) => `line ${n} ${(n * 2_654_435_761) % 4_294_967_291}`).join('\n'),
  };
  test.each(Object.keys(texts))('a text comes back unchanged: %s', async (name) => {
    const at = await fresh(open);
    const stored = textOf(texts[name] ?? '');
    await at.store.texts.put(stored);
    const read = await (await at.reopen()).texts.get(stored.sha256, 'markdown');
    expect(read.text === stored.text).toBe(true);
    expect(read.layout).toEqual(LAYOUT);
  });

  test('a text is stored once: who comes later changes nothing, another format stands beside it', async () => {
    const at = await fresh(open);
    const second = await at.second();
    const long = textOf('word '.repeat(2000));
    await Promise.all([at.store.texts.put(long), second.texts.put(long), at.store.texts.put(long)]);
    await at.store.texts.put({ ...long, layout: { ...LAYOUT, place: 'page' } });
    await at.store.texts.put({ ...long, format: 'text', layout: { ...LAYOUT, place: 'paragraph' } });
    expect((await second.texts.get(long.sha256, 'markdown')).layout.place).toBe('line');
    expect((await second.texts.get(long.sha256, 'text')).layout.place).toBe('paragraph');
  });

  test.each([10, 10_000])('a text of %d characters that is not what its hash says is damage', async (length) => {
    const { store } = await fresh(open);
    const wrong = { ...textOf('b'.repeat(length)), text: 'a'.repeat(length) };
    await store.texts.put(wrong);
    await expect(store.texts.get(wrong.sha256, 'markdown')).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });

  test('a text that is gone is damage', async () => {
    const { store } = await fresh(open);
    await expect(store.texts.get(TEXT.sha256, 'markdown')).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });
}
