import { expect, test } from 'vitest';
import { documentUri, REPORT_NAME } from '../../../src/core/report.ts';

test('a document of a result has an address that survives any name', () => {
  expect(documentUri('wf_1', REPORT_NAME)).toBe('orchestrator://wf_1/documents/report.md');
  expect(documentUri('wf_1', 'a b/ü?.md')).toBe('orchestrator://wf_1/documents/a%20b%2F%C3%BC%3F.md');
});
