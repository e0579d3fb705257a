/** Where a text stops being JSON. */
export interface JsonFault {
  /** The first character that does not fit; the length of the text if it only ends too early. */
  readonly at: number;
  /** A text in quotation marks begins there, and is not ended as JSON wants it. */
  readonly isOpenText: boolean;
}

const SPACE = /[ \t\r\n]*/y;
// oxlint-disable-next-line no-control-regex -- JSON wants them escaped.
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** What may come next. */
type Next =
  | 'value'
  | 'value or end'
  | 'name'
  | 'name or end'
  | 'colon'
  | 'comma or end'
  | 'nothing';

/** Finds the place. Of a text that is JSON it answers its end. */
export function jsonFault(text: string): JsonFault {
  const open: string[] = [];
  let at = 0;
  let next: Next = 'value';
  const match = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at += found[0].length;
    return found !== null;
  };
  const after = (): Next => (open.length === 0 ? 'nothing' : 'comma or end');
  for (;;) {
    match(SPACE);
    const sign: string | undefined = text[at];
    if (sign === undefined || next === 'nothing') return { at, isOpenText: false };
    if (next.endsWith('end') && sign === open.at(-1)) {
      open.pop();
      at += 1;
      next = after();
    } else if (next === 'comma or end' || next === 'colon') {
      if (sign !== (next === 'colon' ? ':' : ',')) return { at, isOpenText: false };
      at += 1;
      next = next === 'colon' || open.at(-1) === ']' ? 'value' : 'name';
    } else if (sign === '"') {
      if (!match(TEXT)) return { at, isOpenText: true };
      next = next.startsWith('name') ? 'colon' : after();
    } else if (next.startsWith('value') && (sign === '{' || sign === '[')) {
      open.push(sign === '{' ? '}' : ']');
      at += 1;
      next = sign === '{' ? 'name or end' : 'value or end';
    } else if (next.startsWith('value') && match(SCALAR)) {
      next = after();
    } else {
      return { at, isOpenText: false };
    }
  }
}
