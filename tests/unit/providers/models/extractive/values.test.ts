import { describe, expect, it } from 'vitest';
import { compatible, valuesOf } from '../../../../../src/providers/models/extractive/values.ts';

function read(text: string): readonly string[] {
  return valuesOf(text).map(({ unit, amount, bound }) => `${amount} ${unit} ${bound}`);
}

function agree(a: string, b: string): boolean {
  const [left] = valuesOf(a);
  const [right] = valuesOf(b);
  return left !== undefined && right !== undefined && compatible(left, right);
}

describe('valuesOf', () => {
  it.each([
    ['It takes 4 KB.', '4096 byte exact'],
    ['It waits about 2 minutes.', '120 second about'],
    ['At least 64 agents run.', '64 agent atLeast'],
    ['It saves up to 40%.', '40 % atMost'],
    ['There were 3.7 million people.', '3700000 peopl exact'],
    ['It cost $1,299.50 then.', '1299.5 $ exact'],
    ['Signed on 12 March 1999.', '19990312 date exact'],
    ['Signed on March 12, 1999.', '19990312 date exact'],
    ['Signed in March 1999.', '199903 date exact'],
    ['Signed on 1999-03-12.', '19990312 date exact'],
    ['Signed in 1999.', '1999 date exact'],
    ['Added in version 3.7.0.', '3007000 version exact'],
    ['Each has two replicas.', '2 replica exact'],
    ['The limit is 5.', '5  exact'],
    ['A wait of 5 ms.', '0.005 second exact'],
    ['A 4096-byte page.', '4096 byte exact'],
  ])('reads %s', (text, value) => {
    expect(read(text)).toEqual([value]);
  });

  it('passes over references, citation marks and digits inside names', () => {
    expect(read('See Figure 3, section 4.2 and [12] of RFC 9457 on utf8 and H2O.')).toEqual([]);
  });

  it('gives values in reading order, with the text as written', () => {
    expect(valuesOf('In 2010 it held 5 GB and 3 users.').map(({ text }) => text)).toEqual(['2010', '5 GB', '3 users']);
  });
});

describe('compatible', () => {
  it.each([
    ['4096 bytes', '4 KB'],
    ['3.7 million people', '3,660,000 people'],
    ['in 2000', '17 August 2000'],
    ['at least 30 days', '90 days'],
    ['version 3', 'version 3.7'],
    ['about 100 pages', '120 pages'],
  ])('lets %s and %s both be true', (a, b) => {
    expect(agree(`It is ${a}.`, `It is ${b}.`)).toBe(true);
  });

  it.each([
    ['4096 bytes', '8 KB'],
    ['in 2000', '17 August 2001'],
    ['30 days', '90 days'],
    ['version 3.7', 'version 3.8'],
    ['40%', '41%'],
  ])('does not let %s and %s both be true', (a, b) => {
    expect(agree(`It is ${a}.`, `It is ${b}.`)).toBe(false);
  });
});
