import { expect, test } from 'vitest';
import { fresh, type OpenStore } from './opened.ts';
import { ended, ERASURE, idOf, intent, ROOM, running, submission, take, textOf } from './rows.ts';

export function auditContract(open: OpenStore): void {
  test('an unknown workflow proves nothing', async () => {
    const { store } = await fresh(open);
    expect(await store.audit.verify(idOf(9))).toBeNull();
  });

  test('an open workflow is proven as far as it has come, and its head moves with every event', async () => {
    const { store } = await fresh(open);
    const heads: string[] = [];
    const look = async (events: number): Promise<void> => {
      const view = await store.audit.verify(idOf(1));
      expect(view).toMatchObject({
        task_id: idOf(1),
        sound: true,
        events,
        sealed_rows: 0,
        state: 'open',
        findings: [],
      });
      heads.push(view?.head ?? '');
    };
    await store.workflows.create(submission(1), ROOM);
    await look(0);
    const { hold } = await take(store);
    await look(1);
    await store.steps.begin(hold, intent('a'));
    expect((await store.audit.verify(idOf(1)))?.head).toBe(heads[1]);
    await store.events.append(
      hold,
      ['one', 'two'].map((activity) => ({ event_type: 'agent_progress', agent_id: 'belter-1', data: { activity } })),
    );
    await look(3);
    await store.workflows.requestStop(idOf(1), { kind: 'cancel', reason: null, finalize: false });
    await look(3);
    expect(new Set(heads).size).toBe(3);
    for (const head of heads) expect(head).toMatch(/^[0-9a-f]{64}$/);
  });

  test('an ended workflow is sealed: every row beside its events is counted', async () => {
    const at = await fresh(open);
    const task_id = await ended(at.store);
    // Its own row, two steps, a source and its text, a passage, a claim, the result.
    const sealed = { sound: true, events: 2, sealed_rows: 8, state: 'sealed', findings: [] };
    expect(await at.store.audit.verify(task_id)).toMatchObject(sealed);
    expect(await (await at.reopen()).audit.verify(task_id)).toMatchObject(sealed);
  });

  test('the seal holds what is hard to spell', async () => {
    const { store } = await fresh(open);
    const odd = '日本 😀 \ud83d half \0 "\\\u2028';
    const task_id = await ended(store, 1, {
      submission: { task: odd, title: odd, owner: odd, idempotency_key: odd },
      finish: { error: { code: 'INTERNAL', message: odd, hint: odd, retryable: false }, event: { odd }, result: odd },
      texts: ['quote 日本 😀 \0'],
    });
    expect(await store.audit.verify(task_id)).toMatchObject({ sound: true, state: 'sealed' });
    await store.workflows.erase(task_id, { kind: 'deleted', reason: odd });
    expect(await store.audit.verify(task_id)).toMatchObject({ sound: true, state: 'erased' });
  });

  test('the same research twice gives other hashes, so that none of them tells what it was about', async () => {
    const at = await fresh(open);
    const other = await fresh(open);
    const [one, two] = await Promise.all([at, other].map(async ({ store }) => store.audit.verify(await ended(store))));
    expect(one?.head).not.toBe(two?.head);
  });

  test('a text that never was the one its hash names is told', async () => {
    const { store } = await fresh(open);
    const wrong = { ...textOf('quote and more'), text: 'quote and less' };
    await store.texts.put(wrong);
    const task_id = await ended(store, 1, { texts: ['quote and more'] });
    expect(await store.audit.verify(task_id)).toMatchObject({
      sound: false,
      findings: [{ where: `texts ${wrong.sha256}/markdown` }],
    });
  });

  test('what another process appends is proven here', async () => {
    const at = await fresh(open);
    const hold = await running(at.store);
    const second = await at.second();
    await second.events.append(hold, [{ event_type: 'agent_progress', data: { activity: 'there' } }]);
    await at.store.events.append(hold, [{ event_type: 'agent_progress', data: { activity: 'here' } }]);
    expect(await second.audit.verify(hold.task_id)).toMatchObject({ sound: true, events: 3 });
  });

  test('an erased workflow keeps the skeleton of its chain, one link longer', async () => {
    const { store } = await fresh(open);
    const task_id = await ended(store);
    const before = await store.audit.verify(task_id);
    await store.workflows.erase(task_id, ERASURE);
    const after = await store.audit.verify(task_id);
    expect(after).toMatchObject({ sound: true, events: 3, sealed_rows: 0, state: 'erased', findings: [] });
    expect(after?.head).not.toBe(before?.head);
  });

  test('a proof under way when its workflow is erased accuses nobody', async () => {
    const { store } = await fresh(open);
    const texts = [1, 2, 3].map((n) => `quote and more of ${n} `.repeat(5000));
    const task_id = await ended(store, 1, { texts });
    const [view, erased] = await Promise.all([store.audit.verify(task_id), store.workflows.erase(task_id, ERASURE)]);
    expect(erased).toMatchObject({ texts: 3 });
    expect(view).toMatchObject({ sound: true, state: 'sealed', findings: [] });
  });
}
