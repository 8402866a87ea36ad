/** Questions to another process and their answers, one after the other, over Node's own channel. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { ROOT } from './served.ts';

type Answered = { readonly answer: unknown } | { readonly failed: string };

/** Milliseconds on the clock that all processes of a machine share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** In the process that is asked. Who asks waits for each answer before the next question. */
export function answerEach(answer: (question: unknown) => Promise<unknown>): void {
  process.on('message', (question) => {
    answer(question).then(
      (given) => process.send?.({ answer: given ?? null } satisfies Answered),
      (thrown: unknown) => process.send?.({ failed: String(thrown) } satisfies Answered),
    );
  });
  process.once('disconnect', () => process.exit());
}

/** In the process that asks. */
export class Asked<Question> {
  readonly #child: ChildProcess;
  readonly #file: string;
  /** Its exit code. */
  readonly #gone: Promise<unknown>;

  constructor(file: string, args: readonly string[] = []) {
    this.#file = file;
    this.#child = fork(file, [...args], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#gone = once(this.#child, 'exit').then(([code]) => code as unknown);
  }

  ask<Answer>(question: Question & object): Promise<Answer> {
    const answered = new Promise<Answered>((resolve) => this.#child.once('message', (said: Answered) => resolve(said)));
    const gone = this.#gone.then((code): Answered => ({ failed: `it ended with ${String(code)}` }));
    this.#child.send(question);
    return Promise.race([answered, gone]).then((said) => {
      if ('failed' in said) throw new Error(`${this.#file}: ${said.failed}`);
      return said.answer as Answer;
    });
  }

  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#gone;
  }
}
