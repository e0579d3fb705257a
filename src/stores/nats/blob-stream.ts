import { Journal } from './journal.ts';
import type { JournalSettings } from './journal.ts';
import type { Requests } from './requests.ts';

/** The stream of contents. */
export interface BlobStream {
  readonly journal: Journal;
  chunk(upload: string, n: number | '*'): string;
  manifest(sha256: string): string;
  /** The uploads that have chunks. */
  uploads(): Promise<readonly string[]>;
}

export function blobStream(requests: Requests, settings: JournalSettings): BlobStream {
  const { stream } = settings;
  return {
    journal: new Journal(requests, settings),
    chunk: (upload, n) => `${stream}.c.${upload}.${n}`,
    manifest: (sha256) => `${stream}.m.${sha256}`,
    uploads: async () => {
      const { state } = await requests.askJson<{
        readonly state: { readonly subjects?: Readonly<Record<string, number>> };
      }>(`$JS.API.STREAM.INFO.${stream}`, { subjects_filter: `${stream}.c.*.0` });
      return Object.keys(state.subjects ?? {}).map((subject) => subject.split('.')[2] ?? '');
    },
  };
}
