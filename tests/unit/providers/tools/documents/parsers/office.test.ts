import { Buffer } from 'node:buffer';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseDocx } from '../../../../../../src/providers/tools/documents/parsers/docx.ts';
import { parsePdf } from '../../../../../../src/providers/tools/documents/parsers/pdf.ts';
import { readZip } from '../../../../../../src/providers/tools/documents/parsers/zip.ts';
import { brokenPromises, fixture, seen } from '../reading.ts';

const all = (): boolean => true;

describe('PDF', () => {
  it('reads paragraphs, headings and page numbers of a file made by a word processor', async () => {
    const body = await parsePdf(fixture('paper.pdf'));
    expect(brokenPromises(body)).toEqual([]);
    expect(body).toMatchObject({ title: 'Forced writes in practice', format: 'pdf', partial: null });
    expect(body.layout.place).toBe('page');
    expect(body.layout.placeStarts.length).toBe(3);
    expect(seen(body).map(({ place, heading }) => [place, heading])).toEqual([
      [1, 'Forced writes in practice'],
      [1, 'Forced writes in practice › Method'],
      [2, 'Forced writes in practice › Results'],
      [3, 'Forced writes in practice › Discussion'],
    ]);
    expect(seen(body)[3]?.words).toBe(
      'The price of a commit is the price of a flush. Whoever shares the flush shares the price, and nobody gives up safety for it.',
    );
  });

  it('makes words divided at a line end whole, and keeps the hyphens of compounds', async () => {
    const { text } = await parsePdf(fixture('paper.pdf'));
    expect(text).toContain('what group commit changes about it');
    expect(text).toContain('The copy-on-write engines');
  });

  it('takes the date of creation for what it is: metadata', async () => {
    const body = await parsePdf(fixture('paper.pdf'));
    expect(body.date).toBeNull();
    expect(body.metadataDate).toMatch(/^\d{4}-\d{2}-\d{2}$/u);
  });

  it('names the pages that have no text layer', async () => {
    const body = await parsePdf(fixture('partly-scanned.pdf'));
    expect(body.partial).toBe('no text layer on page 4: blank, or scanned and in need of OCR');
  });

  it('says what is wrong with scans, locked and broken files', async () => {
    await expect(parsePdf(fixture('scanned.pdf'))).rejects.toThrow('no text layer: scanned pages need OCR');
    await expect(parsePdf(fixture('encrypted.pdf'))).rejects.toThrow('encrypted PDF: needs a password');
    await expect(parsePdf(fixture('broken.pdf'))).rejects.toThrow('broken PDF');
  });

  it('writes nothing to the console, whose output belongs to the protocol', async () => {
    // Also where it fails: its worker goes on with other files, whose console this is as well.
    onTestFinished(() => void vi.restoreAllMocks());
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await expect(parsePdf(fixture('broken.pdf'))).rejects.toThrow('broken PDF');
    expect([log.mock.calls, warn.mock.calls]).toEqual([[], []]);
  });
});

describe('DOCX', () => {
  it('reads headings, lists and tables with the numbers of their paragraphs', async () => {
    const body = await parseDocx(fixture('memo.docx'));
    expect(brokenPromises(body)).toEqual([]);
    expect(body).toMatchObject({ title: 'Memo on retention & deletion', format: 'docx' });
    expect(body.layout.place).toBe('paragraph');
    expect(seen(body)).toEqual([
      { place: 2, heading: 'Memo on retention', words: 'Backups are kept for thirty days & then removed.' },
      {
        place: 4,
        heading: 'Memo on retention › Exceptions',
        words:
          'Accounting data is kept for ten years, because the law asks for it and nobody wishes to explain its absence. Invoices are kept on paper as well. Payroll lists are kept in the safe.',
      },
      { place: 7, heading: 'Memo on retention › Exceptions › Kind, Years', words: 'Invoices | 10' },
      { place: 8, heading: 'Memo on retention › Exceptions › Kind, Years', words: 'Letters | 6' },
      { place: 9, heading: 'Memo on retention › Exceptions', words: 'The lamp:' },
    ]);
  });

  it('says what is wrong with broken, locked and foreign files', async () => {
    await expect(parseDocx(fixture('broken.docx'))).rejects.toThrow('ZIP container cannot be read');
    await expect(parseDocx(new Uint8Array([0xd0, 0xcf, 0x11, 0xe0]))).rejects.toThrow('encrypted, or an old Word file');
    await expect(parseDocx(zipOf({ 'other.xml': '<a/>' }))).rejects.toThrow('no Word text inside');
    await expect(parseDocx(zipOf({ 'word/document.xml': '<broken' }))).rejects.toThrow('broken document');
  });
});

describe('ZIP containers', () => {
  it('are unpacked by name', () => {
    const entries = readZip(zipOf({ 'a.xml': 'first', 'b.png': 'second' }), {
      wanted: (name) => name === 'a.xml',
      limit: 100,
    });
    expect([...entries].map(([name, content]) => [name, content.toString()])).toEqual([['a.xml', 'first']]);
  });

  it('are refused when they would unpack to more than the limit, together or by a lie about their size', () => {
    const bomb = zipOf({ 'a.xml': ' '.repeat(600), 'b.xml': ' '.repeat(600) });
    expect(() => readZip(bomb, { wanted: all, limit: 1000 })).toThrow('it unpacks to more');
    const liar = zipOf({ 'a.xml': ' '.repeat(5000) }, 10);
    expect(() => readZip(liar, { wanted: all, limit: 1000 })).toThrow('it unpacks to more');
    expect(readZip(bomb, { wanted: all, limit: 1200 }).size).toBe(2);
  });

  it('are refused when cut short', () => {
    expect(() => readZip(new Uint8Array(10), { wanted: all, limit: 100 })).toThrow('cannot be read');
  });
});

/** A ZIP file as the format's definition has it; `claimed` replaces the unpacked size its directory states. */
function zipOf(files: Readonly<Record<string, string>>, claimed?: number): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const packed = deflateRawSync(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(8, 8);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt32LE(content.length, 22);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(claimed ?? content.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    parts.push(local, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(directory.length / 2, 8);
  end.writeUInt16LE(directory.length / 2, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...parts, listing, end]));
}
