import type {
  Commit,
  CommitOutcome,
  EventPage,
  EventStore,
  OutputEvent,
  OutputRecord,
  OutputStore,
  Checkpointer,
  RunPage,
  RunQuery,
  RunImport,
  RunRecord,
  Stores,
} from '../stores/index.ts';

/** How ids of a case are told apart from those of other cases, both ways. */
interface Scope {
  into<T extends string | null>(id: T): T;
  outOf<T extends string | null>(id: T): T;
}

/**
 * The same stores, in which every id, key and name begins with `prefix` without its caller knowing: so
 * many callers use one place, and nobody meets anybody else's ids.
 */
export function scopedStores(stores: Stores, prefix: string): Stores {
  const scope: Scope = {
    into: (id) => (id === null ? id : `${prefix}${id}`) as typeof id,
    outOf: (id) => (id?.startsWith(prefix) === true ? id.slice(prefix.length) : id) as typeof id,
  };
  return {
    events: scopedEvents(stores.events, scope),
    outputs: scopedOutputs(stores.outputs, scope),
    checkpoints: scopedCheckpoints(stores.checkpoints, scope),
    blobs: stores.blobs,
    location: stores.location,
    open: () => stores.open(),
    close: () => stores.close(),
    forget: async (runIds) => (await stores.forget(runIds.map(scope.into))).map(scope.outOf),
    compact: () => stores.compact(),
    diagnose: () => stores.diagnose(),
  };
}

/** The filters of a list that name something. */
const ID_FILTERS = ['sessionId', 'definition', 'owner', 'parentRunId', 'forkedFrom'] as const;

/** Records of runs, and all that has one, with other ids. */
function scopedRecords({ into, outOf }: Scope) {
  const record = (run: RunRecord, change: Scope['into']): RunRecord => ({
    ...run,
    runId: change(run.runId),
    sessionId: change(run.sessionId),
    definition: change(run.definition),
    owner: change(run.owner),
    parentRunId: change(run.parentRunId),
    forkedFrom: change(run.forkedFrom),
  });
  const commit = (one: Commit): Commit => ({
    ...one,
    run: record(one.run, into),
    ...(one.idempotencyKey !== undefined && { idempotencyKey: into(one.idempotencyKey) }),
  });
  const piece = ({ run, first, events: imported, ...rest }: RunImport): RunImport => ({
    ...rest,
    run: record(run, into),
    ...(first !== undefined && { first: { ...first, key: into(first.key) } }),
    events: imported.map((event) => ({ ...event, key: into(event.key) })),
  });
  const log = ({ keys, ...rest }: EventPage): EventPage => {
    if (keys === undefined) return rest;
    const created = { ...keys.created, key: outOf(keys.created.key) };
    return { ...rest, keys: { created, events: keys.events.map(outOf) } };
  };
  const page = ({ runs, ...rest }: RunPage): RunPage => ({
    runs: runs.map((run) => record(run, outOf)),
    ...rest,
  });
  return { record, commit, piece, log, page };
}

function scopedEvents(events: EventStore, scope: Scope): EventStore {
  const { into, outOf } = scope;
  const { record, commit, piece, log, page } = scopedRecords(scope);
  const outcome = (one: CommitOutcome): CommitOutcome =>
    one.kind === 'repeat' ? { ...one, runId: outOf(one.runId) } : one;
  const idsOf = (query: Partial<RunQuery>): Partial<RunQuery> => {
    const named = ID_FILTERS.filter((name) => query[name] !== undefined);
    return Object.fromEntries(named.map((name) => [name, into(query[name] ?? '')]));
  };
  return {
    capabilities: events.capabilities,
    append: async (commits) => (await events.append(commits.map(commit))).map(outcome),
    read: async (runId, options) => log(await events.read(into(runId), options)),
    import: (pieces) => events.import(pieces.map(piece)),
    get: async (runId) => {
      const run = await events.get(into(runId));
      return run && record(run, outOf);
    },
    findByKey: (runId, key) => events.findByKey(into(runId), into(key)),
    list: async (query) => page(await events.list({ ...query, ...idsOf(query) })),
    countByStatus: (query) => events.countByStatus({ ...query, ...idsOf(query) }),
    due: async (query) =>
      page(await events.due({ ...query, definitions: query.definitions.map(into) })),
    owners: async () => (await events.owners()).map(outOf),
    cut: (runId, throughSeq, base) => events.cut(into(runId), throughSeq, base),
    goneRuns: () => events.goneRuns(),
    secret: () => events.secret(),
    watch: (onChange) => events.watch((runIds) => onChange(runIds.map(outOf))),
    enlist: async (ownerId) => {
      const lease = await events.enlist(into(ownerId));
      return { ownerId: outOf(lease.ownerId), release: () => lease.release() };
    },
    isAlive: (ownerId) => events.isAlive(into(ownerId)),
  };
}

function scopedOutputs(outputs: OutputStore, { into, outOf }: Scope): OutputStore {
  const named = (event: OutputEvent, change: Scope['into']): OutputEvent =>
    event.type === 'artifact' ? { ...event, name: change(event.name) } : event;
  const record = (one: OutputRecord, change: Scope['into']): OutputRecord => ({
    ...one,
    id: change(one.id),
    runId: change(one.runId),
    taskId: change(one.taskId),
    producer: change(one.producer),
    event: named(one.event, change),
    parentRefs: one.parentRefs.map(change),
  });
  const back = (one: OutputRecord): OutputRecord => record(one, outOf);
  const maybe = (one: OutputRecord | undefined): OutputRecord | undefined => one && back(one);
  const within = (
    of: { readonly runId?: string } | undefined,
  ): { readonly runId?: string } | undefined =>
    of?.runId === undefined ? of : { runId: into(of.runId) };
  return {
    append: (one, guard) => outputs.append(record(one, into), guard),
    import: (records) => outputs.import(records.map((one) => record(one, into))),
    get: async (id) => back(await outputs.get(into(id))),
    latestByProducer: async (producer, of) =>
      maybe(await outputs.latestByProducer(into(producer), within(of))),
    latestByArtifact: async (name, of) =>
      maybe(await outputs.latestByArtifact(into(name), within(of))),
    listForAttempt: async (taskId, attempt) =>
      (await outputs.listForAttempt(into(taskId), attempt)).map(back),
    list: async ({ afterId, runId, ...query }) => {
      const after = afterId === undefined ? {} : { afterId: into(afterId) };
      const of = runId === undefined ? {} : { runId: into(runId) };
      return (await outputs.list({ ...query, ...after, ...of })).map(back);
    },
    usedBlobs: (sha256s) => outputs.usedBlobs(sha256s),
  };
}

interface Line {
  readonly definition: string;
  readonly runId: string;
}

function scopedCheckpoints(checkpoints: Checkpointer, { into, outOf }: Scope): Checkpointer {
  const inside = <T extends Line>(line: T): T => ({
    ...line,
    definition: into(line.definition),
    runId: into(line.runId),
  });
  const outside = <T extends Line>(line: T): T => ({
    ...line,
    definition: outOf(line.definition),
    runId: outOf(line.runId),
  });
  const maybe = <T extends Line>(line: T | undefined): T | undefined => line && outside(line);
  return {
    save: async (draft, guard) => outside(await checkpoints.save(inside(draft), guard)),
    load: async (key) => maybe(await checkpoints.load(inside(key))),
    latest: async (line) => maybe(await checkpoints.latest(inside(line))),
    list: async (line) => (await checkpoints.list(inside(line))).map(outside),
    lines: async (runId) => (await checkpoints.lines(into(runId))).map(outside),
    import: (all) => checkpoints.import(all.map(inside)),
    delete: (line) => checkpoints.delete(inside(line)),
  };
}
