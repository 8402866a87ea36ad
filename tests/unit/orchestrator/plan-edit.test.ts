import { describe, expect, test } from 'vitest';
import type { SubtaskEdit } from '../../../src/core/plan.ts';
import type { Domain, Source } from '../../../src/core/source.ts';
import { editedSubtasks, type PlanMaterial } from '../../../src/orchestrator/plan-edit.ts';
import { source, textOf } from '../../contract/rows.ts';

function collected(source_id: string, domain: Domain): Source {
  return source(source_id, textOf(source_id), { domain, location: `notes/${source_id}.md` });
}

const FLAT: PlanMaterial = {
  orchestrator_type: 'beltalowda',
  subtasks: [
    { agent_id: 'belter-1', objective: 'What is a log?', queries: ['log', 'journal'], domain: null },
    { agent_id: 'belter-2', objective: 'What is a page?', queries: ['page'], domain: null },
  ],
  sources: [collected('s1', 'technical'), collected('s2', 'news')],
};

const SWARM: PlanMaterial = {
  ...FLAT,
  orchestrator_type: 'swarm',
  subtasks: [{ agent_id: 'technical-1', objective: 'What?', queries: ['what'], domain: 'technical' }],
};

describe('an edited plan', () => {
  test('handed back as it was is the plan it was', () => {
    const flat = FLAT.subtasks.map(({ agent_id, objective, queries }) => ({ agent_id, objective, queries }));
    expect(editedSubtasks(flat, FLAT)).toEqual(FLAT.subtasks);
    const shown = [{ agent_id: 'technical-1', objective: 'What?', domain: 'technical' }] as const;
    expect(editedSubtasks(shown, SWARM)).toEqual(SWARM.subtasks);
  });

  test('keeps what bounds an objective, unless the objective is another', () => {
    const [first = FLAT.subtasks[0], ...rest] = FLAT.subtasks;
    const bounded = { ...first, agent_id: 'belter-1', objective: 'What is a log?', queries: ['log'], domain: null };
    const material = {
      ...FLAT,
      subtasks: [{ ...bounded, boundaries: 'No pages.', expected: 'A definition.' }, ...rest],
    };
    const [same] = editedSubtasks([{ agent_id: 'belter-1', objective: 'What is a log?' }], material);
    expect(same).toMatchObject({ boundaries: 'No pages.', expected: 'A definition.' });
    const [other] = editedSubtasks([{ agent_id: 'belter-1', objective: 'What is a page?' }], material);
    expect(Object.keys(other ?? {})).toEqual(['agent_id', 'objective', 'queries', 'domain']);
  });

  test('keeps a domain without documents whose agent searches with tools', () => {
    const material = { ...SWARM, sources: [] };
    const [kept] = editedSubtasks([{ agent_id: 'technical-1', objective: 'Why?' }], material);
    expect(kept?.domain).toBe('technical');
    expect(() => editedSubtasks([{ objective: 'Why?', domain: 'news' }], material)).toThrow('no source belongs to it');
  });

  test('drops the queries of an objective that was changed, and takes those that are given', () => {
    const [changed, given] = editedSubtasks(
      [
        { agent_id: 'belter-1', objective: ' What is a checkpoint? ' },
        { agent_id: 'belter-2', objective: 'What is a page?', queries: ['b-tree page'] },
      ],
      FLAT,
    );
    expect(changed).toMatchObject({ objective: 'What is a checkpoint?', queries: ['What is a checkpoint?'] });
    expect(given).toMatchObject({ queries: ['b-tree page'] });
  });

  test('keeps what the plan says beside an objective, and drops it with another objective unless it is said anew', () => {
    const [first] = FLAT.subtasks;
    const planned = { ...FLAT, subtasks: [{ ...first, boundaries: 'no pages', expected: 'dates' }] } as PlanMaterial;
    const of = (edit: Partial<SubtaskEdit>) =>
      editedSubtasks([{ agent_id: 'belter-1', objective: 'What is a log?', ...edit }], planned)[0];
    expect(of({})).toMatchObject({ boundaries: 'no pages', expected: 'dates' });
    expect(of({ boundaries: 'no files' })).toMatchObject({ boundaries: 'no files', expected: 'dates' });
    expect(of({ objective: 'Why?' })).not.toHaveProperty('boundaries');
    expect(of({ objective: 'Why?', expected: 'reasons' })).toMatchObject({ expected: 'reasons' });
  });

  test('names new agents so that no id ever had another meaning in the workflow', () => {
    const edits = [
      { objective: 'New one' },
      { agent_id: 'belter-2', objective: 'What is a page?' },
      { objective: 'Two' },
    ];
    expect(editedSubtasks(edits, FLAT).map(({ agent_id }) => agent_id)).toEqual(['belter-3', 'belter-2', 'belter-4']);
    const domains = [
      { objective: 'New', domain: 'news' },
      { objective: 'More', domain: 'technical' },
    ] as const;
    expect(editedSubtasks(domains, SWARM).map(({ agent_id }) => agent_id)).toEqual(['news-1', 'technical-2']);
  });

  test('can send an agent to some of the sources, named by id or location', () => {
    const [subtask] = editedSubtasks([{ objective: 'What?', sources: ['s2', 'notes/s1.md'] }], FLAT);
    expect(subtask?.source_ids).toEqual(['s2', 's1']);
    expect(editedSubtasks([{ objective: 'What?', sources: [] }], FLAT)[0]).not.toHaveProperty('source_ids');
  });
});

describe('a plan that cannot be', () => {
  const REFUSED: readonly (readonly [string, readonly SubtaskEdit[], PlanMaterial, RegExp, RegExp?])[] = [
    ['is empty', [], FLAT, /0 subtasks/],
    ['has too many subtasks', Array.from({ length: 33 }, () => ({ objective: 'x' })), FLAT, /33 subtasks/],
    ['names an agent nobody has', [{ agent_id: 'belter-9', objective: 'x' }], FLAT, /belter-9/, /belter-1, belter-2/],
    ['misspells an agent', [{ agent_id: 'beltr-2', objective: 'x' }], FLAT, /beltr-2/, /Did you mean belter-2/],
    [
      'names an agent twice',
      [
        { agent_id: 'belter-1', objective: 'x' },
        { agent_id: 'belter-1', objective: 'y' },
      ],
      FLAT,
      /"belter-1" twice/,
    ],
    ['has an objective without words', [{ objective: ' \n' }], FLAT, /objective of subtask 1 is empty/],
    ['has an objective without end', [{ objective: 'x'.repeat(20_001) }], FLAT, /more than 20000 characters/],
    ['has an empty query', [{ objective: 'x', queries: ['a', ''] }], FLAT, /a query of subtask 1 is empty/],
    [
      'has queries without end',
      [{ objective: 'x', queries: Array.from({ length: 21 }, (_, n) => `q${n}`) }],
      FLAT,
      /21 queries/,
    ],
    ['names a domain outside a swarm', [{ objective: 'x', domain: 'news' }], FLAT, /only swarm has domains/],
    ['names a domain without sources', [{ objective: 'x', domain: 'video' }], SWARM, /domain video/, /technical/],
    ['leaves the domain of a new agent open where nothing is general', [{ objective: 'x' }], SWARM, /domain general/],
    ['names a source that was not collected', [{ objective: 'x', sources: ['s9'] }], FLAT, /"s9"/, /Did you mean s/],
    [
      'names a source of another domain',
      [{ objective: 'x', domain: 'news', sources: ['s1'] }],
      SWARM,
      /not in the domain news/,
    ],
  ];
  test.each(REFUSED.map(([what, ...rest]) => ({ what, rest })))(
    '$what is refused, saying where and what to do',
    ({ rest }) => {
      const [edits, material, message, hint] = rest;
      const attempt = (): unknown => editedSubtasks(edits, material);
      expect(attempt).toThrow(
        expect.objectContaining({ code: 'PLAN_INVALID', message: expect.stringMatching(message) }),
      );
      expect(attempt).toThrow(expect.objectContaining({ hint: expect.stringMatching(hint ?? /./) }));
    },
  );
});
