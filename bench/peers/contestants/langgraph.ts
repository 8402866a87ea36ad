/**
 * LangGraph.js with its SQLite checkpointer: the graph compiled once, a thread for each workflow, researchers by `Send`,
 * `durability: 'sync'`, so that a superstep begins when the one before it is on the disk. Eight fixed nodes instead of `Send`
 * measured the same.
 */

import { Annotation, END, Send, START, StateGraph } from '@langchain/langgraph';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import type { Opened } from '../contestant.ts';
import { GROUP, model } from '../workload.ts';

interface Finding {
  readonly researcher: number;
  readonly statements: string[];
}

const State = Annotation.Root({
  task: Annotation<string>,
  objectives: Annotation<string[]>,
  findings: Annotation<Finding[]>({ reducer: (all, more) => all.concat(more), default: () => [] }),
  merges: Annotation<string[][]>({ reducer: (all, more) => all.concat(more), default: () => [] }),
  report: Annotation<string>,
});

function merger(group: number) {
  return async ({ findings }: typeof State.State) => {
    const own = findings.filter(({ researcher }) => Math.floor(researcher / GROUP) === group);
    return { merges: [await model.merge(own.map(({ statements }) => statements))] };
  };
}

function graph() {
  return new StateGraph(State)
    .addNode('plan', async ({ task }) => ({ objectives: await model.plan(task) }))
    .addNode('researcher', async ({ researcher }: { readonly researcher: number }) => ({
      findings: [{ researcher, statements: await model.research(researcher) }],
    }))
    .addNode('merger-1', merger(0))
    .addNode('merger-2', merger(1))
    .addNode('executive', async ({ merges }) => ({ report: await model.report(merges) }))
    .addEdge(START, 'plan')
    .addConditionalEdges(
      'plan',
      ({ objectives }) => objectives.map((objective, researcher) => new Send('researcher', { researcher, objective })),
      ['researcher'],
    )
    .addEdge('researcher', 'merger-1')
    .addEdge('researcher', 'merger-2')
    .addEdge('merger-1', 'executive')
    .addEdge('merger-2', 'executive')
    .addEdge('executive', END);
}

export async function open(file: string): Promise<Opened> {
  const checkpointer = SqliteSaver.fromConnString(file);
  const { db } = checkpointer as unknown as { readonly db: SqliteSaver['db'] };
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  const compiled = graph().compile({ checkpointer });
  // The first read makes the tables; the settings are read back after it, as they will be used.
  await checkpointer.getTuple({ configurable: { thread_id: 'none' } });
  return {
    settings: {
      journal_mode: String(db.pragma('journal_mode', { simple: true })),
      synchronous: Number(db.pragma('synchronous', { simple: true })),
      durability: 'sync',
      sqlite: String(db.prepare('SELECT sqlite_version()').pluck().get()),
    },
    workflow: async (n) => {
      const config = { configurable: { thread_id: `thread-${n}` }, durability: 'sync' } as const;
      const { report } = await compiled.invoke({ task: `question ${n}` }, config);
      return report;
    },
    close: async () => {
      db.close();
    },
  };
}
