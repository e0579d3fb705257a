/** A command of a page, and what the page says that it prints. */
export interface TranscriptStep {
  readonly command: string;
  readonly output: string;
}

/** The commands of the `console` blocks of a page: lines that begin with `$ `, gone on with after a `\`. */
export function transcriptOf(page: string): readonly TranscriptStep[] {
  return [...page.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    [...block.matchAll(/^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)/gm)].map(
      ([, command = '', output = '']) => ({ command, output: output.trimEnd() }),
    ),
  );
}

/** True when a text is what a page shows: `…` stands for some of a line, and alone in a line for any lines. */
export function matchesTranscript(shown: string, printed: string): boolean {
  const lines = shown.split('\n').map((line) => {
    if (line === '…') return '(?:.*\n)*';
    return `${line.split('…').map(escaped).join('.+')}\n`;
  });
  return new RegExp(`^${lines.join('')}$`).test(`${printed}\n`);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
