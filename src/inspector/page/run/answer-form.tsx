import { nanoid } from 'nanoid';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { isRunchartError, RunchartError } from '../../../errors.ts';
import type { Json } from '../../../json.ts';
import { ErrorNote } from '../parts/notes.tsx';
import { FormModes, SchemaForm, useSchemaForm } from '../parts/schema-form.tsx';
import { useSending } from '../parts/use-sending.ts';
import type { InterruptPart } from './run-parts.ts';
import type { RunStore } from './run-store.ts';

/** The form in which an open question is answered. Give it a key: it keeps what was put in. */
export function AnswerForm({
  store,
  part,
  onTouched,
  onAnswered,
}: {
  readonly store: RunStore;
  readonly part: InterruptPart;
  /** Somebody has begun to answer. */
  readonly onTouched?: () => void;
  readonly onAnswered?: () => void;
}): JSX.Element {
  const form = useSchemaForm(part.schema);
  const { isSending, error, send } = useSending();
  const answering = useMemo(() => new Answering(store, part.interruptId), []);
  useEffect(() => {
    // What went wrong here is told when somebody answers.
    answering.prepare().catch(() => undefined);
  }, []);
  const answer = async (value: Json): Promise<void> => {
    try {
      await answering.send(value);
    } catch (failure) {
      if (isRunchartError(failure, 'INTERRUPT_SETTLED')) void store.refresh();
      throw failure;
    }
    onAnswered?.();
    await store.refresh();
  };
  const isSettled = isRunchartError(error, 'INTERRUPT_SETTLED');
  return (
    <form
      class="answer"
      noValidate
      onInput={onTouched}
      onSubmit={(event) => {
        event.preventDefault();
        const taken = form.take();
        if (taken !== undefined) void send(() => answer(taken.value));
      }}
    >
      <SchemaForm form={form} label="Your answer" />
      {error !== undefined && (
        <ErrorNote
          error={error}
          what={
            isSettled
              ? 'Somebody was faster, or it was too late: this answer was not taken'
              : 'The answer was not taken'
          }
        />
      )}
      <div class="row">
        <button class="button button-primary" disabled={isSending}>
          {isSending ? 'Answering…' : 'Answer'}
        </button>
        <span class="spread" />
        <FormModes form={form} label="Your answer" />
      </div>
    </form>
  );
}

/** Answers one question, whatever is tried and as often as it is tried. */
class Answering {
  readonly #store: RunStore;
  readonly #interruptId: string;
  /** By the answer: the same one, sent again after its response was lost, is one answer. */
  readonly #keys = new Map<string, string>();
  #token: string | undefined;

  constructor(store: RunStore, interruptId: string) {
    this.#store = store;
    this.#interruptId = interruptId;
  }

  async send(value: Json): Promise<void> {
    const text = JSON.stringify(value);
    const idempotencyKey = this.#keys.get(text) ?? `page ${nanoid()}`;
    this.#keys.set(text, idempotencyKey);
    const token = await this.prepare();
    const run = await this.#store.run;
    await run.interrupts.resolve(this.#interruptId, token, value, { idempotencyKey });
  }

  /** Asks for the token while the question is open: later there is none. Rejects with INTERRUPT_SETTLED then. */
  async prepare(): Promise<string> {
    if (this.#token !== undefined) return this.#token;
    const run = await this.#store.run;
    const open = (await run.interrupts.list()).find(({ id }) => id === this.#interruptId);
    if (open === undefined) {
      const what = `The question "${this.#interruptId}" of run ${run.id} is not open any more.`;
      throw new RunchartError('INTERRUPT_SETTLED', what);
    }
    this.#token = open.token;
    return open.token;
  }
}
