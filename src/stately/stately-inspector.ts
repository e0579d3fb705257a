/** An actor as an inspector takes it. With `logic` the inspector sends the whole machine along. */
export interface InspectedActor {
  readonly sessionId: string;
  readonly logic?: unknown;
  readonly _parent?: InspectedActor;
}

/** What is used of an inspector of `@statelyai/inspect`; any of its inspectors is one. */
export interface StatelyInspector {
  actor(actor: InspectedActor | string, snapshot?: object): void;
  event(actor: InspectedActor | string, event: EventLike | string): void;
  snapshot(
    actor: InspectedActor | string,
    snapshot: object,
    info?: { readonly event?: EventLike },
  ): void;
}

interface EventLike {
  readonly type: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- as XState has its events
  [member: string]: any;
}

/**
 * The same inspector, whose faults go to `onError`: what comes after one that throws is told all the same, and
 * nobody but `onError` hears of it.
 */
export function safeInspector(
  inspector: StatelyInspector,
  onError: (error: unknown) => void,
): StatelyInspector {
  const safely = (tell: () => void): void => {
    try {
      tell();
    } catch (error) {
      onError(error);
    }
  };
  return {
    actor: (...told) => safely(() => inspector.actor(...told)),
    event: (...told) => safely(() => inspector.event(...told)),
    snapshot: (...told) => safely(() => inspector.snapshot(...told)),
  };
}
