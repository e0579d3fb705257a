import { type DefinitionInfo, definitionInfoOf } from './definition-info.ts';
import { RunchartError } from './errors.ts';
import { type Json, jsonProblem } from './json.ts';
import type { RunSnapshot } from './machines/index.ts';
import { type AnyDefinition, validate } from './work/index.ts';

/** The code that is registered with a runtime, by name. */
export class RegisteredDefinitions {
  readonly #byName: ReadonlyMap<string, AnyDefinition>;

  constructor(definitions: readonly AnyDefinition[]) {
    this.#byName = new Map(definitions.map((definition) => [definition.name, definition]));
    if (this.#byName.size < definitions.length) {
      throw new TypeError('Expected definitions with different names, got two of the same');
    }
  }

  get names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  /** In the order of registration. */
  get infos(): readonly DefinitionInfo[] {
    return [...this.#byName.values()].map(definitionInfoOf);
  }

  find(name: string | null): AnyDefinition | undefined {
    return name === null ? undefined : this.#byName.get(name);
  }

  /** Throws DEFINITION_UNKNOWN. */
  get(name: string): AnyDefinition {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    throw new RunchartError(
      'DEFINITION_UNKNOWN',
      `No definition "${name}" is registered (registered: ${this.names.join(', ') || 'none'}); pass it to createRuntime as one of "definitions".`,
    );
  }

  /** Why the code registered here cannot go on with a run; undefined when it can. */
  whyNot({ definition: name, version }: RunSnapshot): string | undefined {
    if (name === null) return 'it has no definition: who opened it drives it';
    const known = this.#byName.get(name);
    if (known === undefined) return `its definition "${name}" is not registered`;
    const { version: ours = null, resumes = [] } = known;
    if (version === ours || (version !== null && resumes.includes(version))) return undefined;
    return `it began with version ${version ?? 'none'} of "${name}", and version ${ours ?? 'none'} does not resume that`;
  }
}

/** The input of a run, as its definition wants it. Rejects with INPUT_INVALID. */
export async function checkedInput(
  { name, input: schema }: AnyDefinition,
  input: unknown,
): Promise<Json> {
  const what = `The input of ${name}`;
  // A copy: what the caller does to the input from now on is not in the run.
  const own =
    input === undefined || jsonProblem(input) !== undefined ? input : copyOf(input as Json);
  const value: unknown = schema === undefined ? own : await validate(schema, own, what);
  const flaw = value === undefined ? undefined : jsonProblem(value, 'input');
  if (flaw === undefined) return value as Json;
  throw new RunchartError('INPUT_INVALID', `${what} is not JSON: ${flaw}.`);
}

function copyOf(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
