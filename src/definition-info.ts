import { type Json, jsonProblem } from './json.ts';
import { type AnyDefinition, findChannel, sayableSchemaOf } from './work/index.ts';

/** One channel of a definition's state. */
export interface ChannelInfo {
  readonly name: string;
  /** The name of the function that merges writes into it, such as `appendList`; null for one without a name. */
  readonly reducer: string | null;
  /** What the channel reads as before the first write. */
  readonly initial: Json;
}

/** What is known of a registered definition without running it: what a form that starts or forks a run needs. */
export interface DefinitionInfo {
  readonly name: string;
  readonly version: string | null;
  /** Earlier versions whose runs it goes on with. */
  readonly resumes: readonly string[];
  /** `machine`: a state machine of XState does the work. */
  readonly kind: 'code' | 'machine';
  /** In the order in which the definition names them. */
  readonly channels: readonly ChannelInfo[];
  /**
   * JSON Schema, draft 2020-12, of the input. null: the definition takes any input, or its schema cannot say
   * itself as JSON Schema, and is only asked when a run is started.
   */
  readonly inputSchema: Json;
  readonly hasPlan: boolean;
  readonly hasVerify: boolean;
}

/** An own copy: nothing that is done to it reaches the definition. */
export function definitionInfoOf(definition: AnyDefinition): DefinitionInfo {
  const { name, version = null, resumes = [], state = {}, input, plan } = definition;
  return {
    name,
    version,
    resumes: [...resumes],
    kind: 'machine' in definition ? 'machine' : 'code',
    channels: Object.keys(state).map((channel) => channelInfoOf(state, channel)),
    inputSchema: input === undefined ? null : sayableSchemaOf(input),
    hasPlan: plan !== undefined,
    hasVerify: definition.verify !== undefined,
  };
}

/** Names that JavaScript itself gives a function that has none: those of the member that it is put into. */
function channelInfoOf(state: NonNullable<AnyDefinition['state']>, name: string): ChannelInfo {
  const { reduce, initial = null } = findChannel(state, name);
  const isNameless = ['', 'reduce', name].includes(reduce.name);
  return {
    name,
    reducer: isNameless ? null : reduce.name,
    initial: jsonProblem(initial) === undefined ? structuredClone(initial) : null,
  };
}
