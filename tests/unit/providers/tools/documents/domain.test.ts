import { describe, expect, it } from 'vitest';
import { domainOf, sampleOf } from '../../../../../src/providers/tools/documents/domain.ts';
import type { Domain } from '../../../../../src/core/source.ts';

const of = (text: string, location = 'docs/file.txt'): Domain => domainOf({ format: 'text', text, location });

describe('the domain of a document', () => {
  it('is judged by a sample in which a run of blank lines is one', () => {
    expect(sampleOf(`a${'\n'.repeat(9000)}b${' \r\n\t'.repeat(3000)}c\n\nd\ne`)).toBe('a\n\nb \n\n\tc\n\nd\ne');
    expect(of(`${'\n'.repeat(9000)} Abstract\n${'\n'.repeat(9000)}References\n`)).toBe('academic');
  });

  it('is academic by abstract, references and identifiers', () => {
    expect(of('On logs\n\nAbstract\nWe propose a log.\n\nReferences\n[1] Gray et al. doi:10.1145/123')).toBe(
      'academic',
    );
  });

  it('is news by dateline, byline and statements', () => {
    expect(of('BERLIN, Germany (Agency) — The council met.\nA spokeswoman said in a statement that it agreed.')).toBe(
      'news',
    );
  });

  it('is technical by code, configuration and the words of the trade', () => {
    expect(of('```\nrun\n```\nSet the configuration of the server.')).toBe('technical');
    expect(
      of('A commit writes the transaction to the log before the database changes, and a checkpoint empties the cache.'),
    ).toBe('technical');
    expect(domainOf({ format: 'code', text: 'x', location: 'a.c' })).toBe('technical');
    expect(of('Fixed the configuration parameters.', 'docs/CHANGELOG.md')).toBe('technical');
  });

  it('is product by prices and shop words', () => {
    expect(of('Kettle. $29.90. In stock. Free shipping. Two years of warranty.')).toBe('product');
  });

  it('is social by handles, tags and reactions', () => {
    expect(of('@anna_k says hi\n@bob99 replied to her\n12 likes #morning #coffee')).toBe('social');
  });

  it('is video or image only when that is plain', () => {
    expect(of('0:01 Hello\n0:05 This is the talk\n0:09 It begins')).toBe('video');
    expect(of('Photo gallery of the old harbour')).toBe('image');
  });

  it('is general when the signs are few', () => {
    expect(of('We walked along the river and ate bread.')).toBe('general');
    expect(of('The price was $3.')).toBe('general');
  });

  it('reads the end of a long document too, and only so much of it', () => {
    const body = 'We walked along the river. '.repeat(4000);
    expect(of(`Abstract\n${body}\nReferences\n`)).toBe('academic');
    expect(of(`${body}\nAbstract\nReferences\ndoi:10.1145/1\n${body}`)).toBe('general');
  });
});
