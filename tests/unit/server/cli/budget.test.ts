import { describe, expect, it, test } from 'vitest';
import { money, spendWords } from '../../../../src/server/cli/budget.ts';
import { renderFrame } from '../../../../src/server/cli/frame.ts';
import { RESEARCH, run } from './run-command.ts';
import { DONE, ID, resultView, scriptedOrchestrator, statusView } from './scripted-orchestrator.ts';

const SPEND = { cost_usd: 0.1234, tokens: 45_678, model_calls: 12 };
const BUDGET = { max_cost_usd: 1, max_tokens: 50_000, max_minutes: 60 };
const FRAME = { width: 119, height: 9, now: 0, tick: null, since: 0, color: false, unicode: true };

describe('a budget on the command line', () => {
  it('goes with the request when it was typed, and is not part of it when it is only configured', async () => {
    const orchestrator = scriptedOrchestrator();
    const env = { BELTALOWDA_BUDGET_USD: '9', BELTALOWDA_MAX_MINUTES: '7' };
    await run([...RESEARCH, '--budget-usd', '2.5', '--max-tokens', '60000'], { orchestrator, env });
    await run(RESEARCH, { orchestrator, env: { BELTALOWDA_BUDGET_USD: '9' } });
    expect(orchestrator.requests.map(({ budget }) => budget)).toEqual([
      { max_cost_usd: 2.5, max_tokens: 60_000, max_minutes: 7 },
      undefined,
    ]);
  });

  it('of a resume comes from flags alone, and makes a complete workflow go on', async () => {
    const orchestrator = scriptedOrchestrator({ views: [DONE] });
    const env = { BELTALOWDA_BUDGET_USD: '9', BELTALOWDA_MAX_MINUTES: '7' };
    await run(['resume', ID, '--budget-usd', '3', '--max-minutes', '90'], { orchestrator, env });
    await run(['resume', ID], { orchestrator, env });
    expect(orchestrator.resumes).toEqual([{ budget: { max_cost_usd: 3, max_minutes: 90 } }]);
  });

  it('that is none is refused by its flag', async () => {
    const refused = await run([...RESEARCH, '--budget-usd', '0']);
    expect(refused.exit).toBe(2);
    expect(refused.err).toContain('--budget-usd must be a number from 0.01 to 100000');
  });
});

describe('what was spent', () => {
  it('stands in the live picture, on the status page and in the last line', async () => {
    const view = statusView({ spend: SPEND, budget: BUDGET });
    expect(renderFrame(view, FRAME)[1]).toContain('$0.12 of $1.00, 45,678 of 50,000 tokens');
    const page = await run(['status', ID], { orchestrator: scriptedOrchestrator({ views: [view] }) });
    expect(page.out).toMatch(/spent +\$0\.12, 45,678 tokens, 12 model calls\n/);
    expect(page.out).toMatch(/budget +at most \$1\.00, 50,000 tokens, 60 minutes\n/);
    const result = resultView({ spend: { ...SPEND, by_model: [], by_agent: [] } });
    const { err } = await run(RESEARCH, { orchestrator: scriptedOrchestrator({ result }) });
    expect(err).toContain('1 citation from 0 sources, $0.12, 45,678 tokens\n');
  });

  it('is not spoken of where no model was asked', async () => {
    expect(spendWords({ cost_usd: 0, tokens: 0, model_calls: 0 }, BUDGET)).toBe('');
    const { out } = await run(['status', ID], { orchestrator: scriptedOrchestrator({ views: [statusView()] }) });
    expect(out).not.toMatch(/spent|budget/);
    const capped = statusView({ budget: BUDGET });
    const page = await run(['status', ID], { orchestrator: scriptedOrchestrator({ views: [capped] }) });
    expect(page.out).toMatch(/budget +at most \$1\.00/);
  });

  test('a price that is not known and a bill that is not exact are told as such', () => {
    expect(spendWords({ ...SPEND, cost_usd: null })).toBe('cost unknown, 45,678 tokens');
    expect(spendWords({ ...SPEND, estimated: true })).toBe('at most $0.12, 45,678 tokens');
  });

  test('an amount below a cent is told from nothing', () => {
    expect([0, 0.000_007, 0.0042, 0.01, 12.5].map(money)).toEqual(['$0.00', '$0.000007', '$0.0042', '$0.01', '$12.50']);
  });
});
