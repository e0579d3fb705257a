/** A node of SVG as data: a page renders it by its own means, `svgText` writes it. */
export interface SvgNode {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Strings are text. */
  readonly children: readonly (SvgNode | string)[];
}

export function svg(
  tag: string,
  attributes: SvgNode['attributes'] = {},
  children: SvgNode['children'] = [],
): SvgNode {
  return { tag, attributes, children };
}

/** The characters of a node. The text of `style` is written as it is, and MUST have no "<" in it. */
export function svgText({ tag, attributes, children }: SvgNode): string {
  const given = Object.entries(attributes).map(([name, value]) => ` ${name}="${escaped(value)}"`);
  const inner = children.map((child) => {
    if (typeof child !== 'string') return svgText(child);
    return tag === 'style' ? child : escaped(child);
  });
  const start = `<${tag}${given.join('')}`;
  return inner.length === 0 ? `${start}/>` : `${start}>${inner.join('')}</${tag}>`;
}

const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Characters that XML has no way to write are left out. */
function escaped(value: string | number): string {
  return String(value)
    .replaceAll(/[&<>"]/gu, (character) => NAMED[character] ?? character)
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '');
}
