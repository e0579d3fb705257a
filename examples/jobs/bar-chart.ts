/** A bar chart as two kinds of image, made of nothing but numbers: text for SVG, and deflated pixels for PNG. */
import { crc32, deflateSync } from 'node:zlib';

export type Bar = { readonly label: string; readonly value: number };

const WIDTH = 640;
const ROW = 28;
const LABELS = 120;
/** Red, green and blue. */
const BLUE = [0x36, 0x7d, 0xc4];
const WHITE = [0xff, 0xff, 0xff];

function lengthsOf(bars: readonly Bar[], room: number): number[] {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  return bars.map(({ value }) => Math.round((room * value) / most));
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** With labels and values. */
export function svgBars(title: string, bars: readonly Bar[]): string {
  const lengths = lengthsOf(bars, WIDTH - LABELS - 80);
  const rows = bars.map(({ label, value }, i) => {
    const y = (i + 1) * ROW;
    return [
      `<text x="${LABELS - 8}" y="${y + 17}" text-anchor="end">${escaped(label)}</text>`,
      `<rect x="${LABELS}" y="${y + 4}" width="${lengths[i]}" height="18" fill="#367dc4"/>`,
      `<text x="${LABELS + (lengths[i] ?? 0) + 6}" y="${y + 17}">${value}</text>`,
    ].join('');
  });
  const size = `width="${WIDTH}" height="${(bars.length + 1) * ROW + 8}"`;
  const style = 'font-family="sans-serif" font-size="13" fill="#333"';
  const head = `<text x="8" y="18" font-weight="bold">${escaped(title)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${style}><rect width="100%" height="100%" fill="#fff"/>${head}${rows.join('')}</svg>\n`;
}

/** The bars alone. */
export function pngBars(bars: readonly Bar[]): Buffer {
  const height = bars.length * ROW;
  const lengths = lengthsOf(bars, WIDTH);
  const rows = Array.from({ length: height }, (_, y) => {
    const isBar = y % ROW >= 4 && y % ROW < ROW - 4;
    const length = isBar ? (lengths[Math.floor(y / ROW)] ?? 0) : 0;
    // Each row of pixels begins with the filter that it went through: 0 is none.
    return [0, ...Array.from({ length: WIDTH }, (_, x) => (x < length ? BLUE : WHITE)).flat()];
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits a colour, red green blue.
  header.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const around = Buffer.alloc(8);
  around.writeUInt32BE(content.length, 0);
  around.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([around.subarray(0, 4), named, around.subarray(4)]);
}
