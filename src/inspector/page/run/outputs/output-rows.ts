import type { OutputRecord } from '../../../../stores/index.ts';
import type { Mention } from '../run-parts.ts';
import { contentOf, sizeOf, titleOf } from './content-kind.ts';

/** An output as a list shows it: what the log tells of it, and its record when that was fetched. */
export interface OutputRow {
  readonly id: string;
  readonly seq: number;
  readonly atMs: number;
  readonly kind: string;
  readonly producer: string;
  readonly title: string;
  readonly record: OutputRecord | undefined;
  /** Bytes; undefined for progress, and until its record is there. */
  readonly size: number | undefined;
}

const rowsOfRecords = new WeakMap<OutputRecord, OutputRow>();

export function outputRow(
  { seq, atMs, event }: Mention,
  byId: ReadonlyMap<string, OutputRecord>,
): OutputRow {
  const id = String(event['outputId']);
  const record = byId.get(id);
  const known = record && rowsOfRecords.get(record);
  if (known !== undefined) return known;
  const content = record && contentOf(record);
  const name = event['name'];
  const row: OutputRow = {
    id,
    seq,
    atMs,
    kind: String(event['kind']),
    producer: String(event['producer']),
    title: record !== undefined ? titleOf(record) : typeof name === 'string' ? name : kindOf(event),
    record,
    size: content && sizeOf(content),
  };
  if (record !== undefined) rowsOfRecords.set(record, row);
  return row;
}

function kindOf(event: Mention['event']): string {
  return String(event['kind']);
}

export interface OutputFilter {
  /** Empty: all. */
  readonly kind: string;
  readonly producer: string;
  /** Occurs in the title or the note, whatever its case. */
  readonly text: string;
}

export const EVERY_OUTPUT: OutputFilter = { kind: '', producer: '', text: '' };

export function fitsOutput(row: OutputRow, { kind, producer, text }: OutputFilter): boolean {
  if (kind !== '' && row.kind !== kind) return false;
  if (producer !== '' && row.producer !== producer) return false;
  return text === '' || `${row.title} ${noteOf(row)}`.toLowerCase().includes(text.toLowerCase());
}

/** What a progress says. */
export function noteOf({ record }: OutputRow): string {
  return record?.event.type === 'progress' ? (record.event.note ?? '') : '';
}
