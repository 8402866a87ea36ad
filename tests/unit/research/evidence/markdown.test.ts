import { describe, expect, test } from 'vitest';
import { escapeMarkdown, withoutAddresses } from '../../../../src/research/evidence/markdown.ts';

describe('addresses', () => {
  test.each([
    'see https://evil.example/login',
    'see HTTPS://EVIL.EXAMPLE',
    'see www.evil.example',
    'see evil.com/path',
    'see a.evil@evil.example',
    'see mailto:evil',
  ])('%s leads nowhere', (text) => {
    expect(withoutAddresses(text)).toBe('see (address left out)');
  });
  test.each([
    'Booking.com',
    'ASP.NET',
    'Socket.IO',
    'character.ai',
    'Amazon.de, and more',
    'README.md',
    'a@b',
    'Node.js',
  ])('%s is a name', (text) => {
    expect(withoutAddresses(text)).toBe(text);
  });
});

test('a text made to be slow costs a pass over it and no more', () => {
  // The square of 400,000 is 160 billion: what reads to the end from each character does not come back.
  const length = 400_000;
  for (const part of ['a.', '-', 'a', 'a-', 'a@', '@a.', 'a+', '~', '~ ', '&a']) {
    const text = part.repeat(length / part.length);
    expect(withoutAddresses(text).length).toBeGreaterThan(0);
    expect(escapeMarkdown(text).length).toBeGreaterThan(0);
  }
});
