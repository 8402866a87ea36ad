import { expect, test } from 'vitest';
import { RESEARCH, run } from './run-command.ts';
import { scriptedOrchestrator } from './scripted-orchestrator.ts';

test('steps are handed on by name, in their order', async () => {
  const orchestrator = scriptedOrchestrator();
  const steps = ['--step', 'Rules: Which rules: old or new?', '--step', 'Price: What does it cost?'];
  expect((await run([...RESEARCH, '--pattern', 'sequential', ...steps], { orchestrator })).exit).toBe(0);
  expect(orchestrator.requests[0]).toMatchObject({
    orchestrator_type: 'sequential',
    steps: [
      { name: 'Rules', objective: 'Which rules: old or new?' },
      { name: 'Price', objective: 'What does it cost?' },
    ],
  });
  expect(orchestrator.requests[0]).not.toHaveProperty('branches');
  expect(orchestrator.requests[0]).not.toHaveProperty('until');
});

test('a branch typed again adds an objective, and otherwise is no condition', async () => {
  const orchestrator = scriptedOrchestrator();
  const branches = ['Sun: it shines: How warm?', 'Sun: it shines: How long?', 'Rain: otherwise: How wet?'];
  const words = branches.flatMap((branch) => ['--branch', branch]);
  await run([...RESEARCH, '--pattern', 'conditional', ...words], { orchestrator });
  expect(orchestrator.requests[0]).toMatchObject({
    branches: [
      { name: 'Sun', when: 'it shines', objectives: ['How warm?', 'How long?'] },
      { name: 'Rain', objectives: ['How wet?'] },
    ],
  });
});

test('a condition and a limit of rounds are handed on; a time that ends lists by the environment is none', async () => {
  const orchestrator = scriptedOrchestrator();
  await run([...RESEARCH, '--pattern', 'iterative', '--until', 'it is known', '--max-rounds', '4'], { orchestrator });
  await run(RESEARCH, { orchestrator, env: { BELTALOWDA_UNTIL: '2026-04-01' } });
  expect(orchestrator.requests[0]).toMatchObject({ until: 'it is known', max_rounds: 4 });
  expect(orchestrator.requests[1]).not.toHaveProperty('until');
});

test.each([
  [['--step', 'Which rules?'], '--step "Which rules?" does not have the parts it needs'],
  [['--step', ': What?'], 'does not have the parts it needs'],
  [['--branch', 'Sun: it shines'], '--branch "Sun: it shines" does not have the parts it needs'],
  [['--max-rounds', '9'], '--max-rounds must be a whole number from 1 to 8'],
])('%j is refused with an example or a range', async (words, message) => {
  const { exit, err } = await run([...RESEARCH, ...words]);
  expect({ exit, told: err.includes(message) }).toEqual({ exit: 2, told: true });
});

test('what the environment holds for one pattern is none of the others', async () => {
  const orchestrator = scriptedOrchestrator();
  const env = {
    BELTALOWDA_MAX_ROUNDS: '4',
    BELTALOWDA_STEP: 'Rules: Which rules?',
    BELTALOWDA_BRANCH: 'Rain: otherwise: How wet?',
  };
  await run(RESEARCH, { orchestrator, env });
  await run([...RESEARCH, '--pattern', 'sequential'], { orchestrator, env });
  await run([...RESEARCH, '--pattern', 'iterative', '--until', 'it is known'], { orchestrator, env });
  await run([...RESEARCH, '--max-rounds', '2'], { orchestrator, env });
  const told = orchestrator.requests.map(({ steps, branches, max_rounds }) => ({ steps, branches, max_rounds }));
  expect(told).toEqual([
    {},
    { steps: [{ name: 'Rules', objective: 'Which rules?' }] },
    { max_rounds: 4 },
    // What was typed is handed on, and refused there.
    { max_rounds: 2 },
  ]);
});
