import { expect, it } from 'vitest';
import { Fault } from '../../../src/core/errors.ts';
import { textsOnce } from '../../../src/research/evidence/texts-once.ts';
import type { TextVerbs } from '../../../src/store/store.ts';

/** Texts of that many characters by hash, and which were asked for. A size below zero is a damaged text. */
function texts(sizes: Readonly<Record<string, number>>) {
  const asked: string[] = [];
  const get: TextVerbs['get'] = async (sha256) => {
    asked.push(sha256);
    const size = sizes[sha256] ?? 0;
    if (size < 0) throw new Fault('STORE_CORRUPT', `${sha256} does not match its hash`);
    return {
      text: 'x'.repeat(size),
      layout: { place: 'line', headings: [], passages: [], blanks: [], placeStarts: [0] },
    };
  };
  return { get, asked };
}

it('unpacks a text once, also for those who ask while it is being read', async () => {
  const from = texts({ a: 3 });
  const get = textsOnce(from);
  const [one, two] = await Promise.all([get('a', 'text'), get('a', 'text')]);
  expect([one.text, two.text, (await get('a', 'text')).text]).toEqual(['xxx', 'xxx', 'xxx']);
  expect(from.asked).toEqual(['a']);
});

it('takes the same bytes read as another format for another text', async () => {
  const from = texts({ a: 3 });
  const get = textsOnce(from);
  await get('a', 'text');
  await get('a', 'markdown');
  expect(from.asked).toEqual(['a', 'a']);
});

it('does not keep a failure: the next one asks again', async () => {
  const from = texts({ a: -1 });
  const get = textsOnce(from);
  await expect(get('a', 'text')).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  await expect(get('a', 'text')).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  expect(from.asked).toEqual(['a', 'a']);
});

it('keeps no more characters than told, those asked for last', async () => {
  const from = texts({ a: 4, b: 4, c: 4, whole: 11 });
  const get = textsOnce(from, 10);
  for (const sha256 of ['a', 'b', 'a', 'c', 'a', 'b']) await get(sha256, 'text');
  expect(from.asked).toEqual(['a', 'b', 'c', 'b']);
  await get('whole', 'text');
  await get('whole', 'text');
  expect(from.asked.slice(4)).toEqual(['whole', 'whole']);
});
