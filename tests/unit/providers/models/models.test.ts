import { expect, it } from 'vitest';
import { extractiveModel } from '../../../../src/providers/models/extractive/extractive.ts';
import { model } from '../../../../src/providers/models/models.ts';

it('finds a model by its name, and says which there are when it is unknown', () => {
  const extractive = extractiveModel();
  const find = model(new Map([[extractive.name, extractive]]));
  expect(find('extractive')).toBe(extractive);
  expect(() => find('openai/unheard-of')).toThrow(
    expect.objectContaining({ code: 'MODEL_UNKNOWN', message: expect.stringContaining('extractive') as string }),
  );
});
