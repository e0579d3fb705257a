import type { Chart, ChartMove, ChartNode } from './chart-of.ts';
import { moveText } from './move-text.ts';

/** Words that mermaid reads as its own, in any case. */
const RESERVED =
  /^(?:accdescr|acctitle|as|choice|class|classdef|click|default|direction|end|fork|hide|href|join|note|root|scale|state|statediagram|style|title)$/iu;

/** A chart as a state diagram of mermaid. `active`: the ids of the states to mark. */
export function mermaidOf(chart: Chart, active: readonly string[] = []): string {
  const drawing = new Drawing(chart);
  const lines = [...drawing.states(null), ...drawing.arrows(), ...drawing.ends(null)];
  const marks = active.map((id) => `class ${drawing.word(id)} current`);
  const style = marks.length === 0 ? [] : ['classDef current fill:#1f6feb,color:#fff', ...marks];
  return `stateDiagram-v2\n${indent([...lines, ...style]).join('\n')}\n`;
}

class Drawing {
  readonly #chart: Chart;
  /** The word by which mermaid knows a state: its name, where that is one and no other state has it. */
  readonly #words: ReadonlyMap<string, string>;

  constructor(chart: Chart) {
    this.#chart = chart;
    const names = chart.states.map(({ name }) => name);
    const isWord = (name: string): boolean =>
      /^[A-Za-z]\w*$/u.test(name) &&
      !RESERVED.test(name) &&
      names.indexOf(name) === names.lastIndexOf(name);
    const numbered = (i: number): string => {
      const word = `state_${i + 1}`;
      return names.includes(word) ? `${word}_of_${names.length}` : word;
    };
    this.#words = new Map(
      chart.states.map(({ id, name }, i) => [id, isWord(name) ? name : numbered(i)]),
    );
  }

  word(id: string): string {
    return this.#words.get(id) ?? id;
  }

  states(parent: string | null): string[] {
    const isParallel = this.#find(parent)?.type === 'parallel';
    return this.#children(parent).flatMap((state, i) => [
      ...(isParallel && i > 0 ? ['--'] : []),
      ...this.#state(state),
    ]);
  }

  /** The arrows out of the states in which everything ends. */
  ends(parent: string | null): string[] {
    const finals = this.#children(parent).filter(({ type }) => type === 'final');
    return finals.map(({ id }) => `${this.word(id)} --> [*]`);
  }

  /** One arrow for all the events that lead from one state to another. */
  arrows(): string[] {
    const arrows = new Map<string, string[]>();
    for (const move of this.#chart.transitions) {
      for (const [from, to] of this.#ways(move)) {
        const key = `${this.word(from)} --> ${this.word(to)}`;
        const texts = arrows.get(key) ?? [];
        arrows.set(key, texts);
        texts.push(escaped(moveText(move)));
      }
    }
    return [...arrows].map(([arrow, texts]) => `${arrow} : ${texts.join(', ')}`);
  }

  #state({ id, name, initial, type }: ChartNode): string[] {
    const word = this.word(id);
    const begin = initial ? [`[*] --> ${word}`] : [];
    const isAround = this.#children(id).length > 0;
    if (isAround) {
      const inner = [...this.states(id), ...this.ends(id)];
      return [...begin, `state "${this.#titleOf(id, name)}" as ${word} {`, ...indent(inner), '}'];
    }
    const title = type === 'history' ? `${name} (history)` : name;
    return [...begin, word === title ? word : `state "${escaped(title)}" as ${word}`];
  }

  /** A composite names in its title the events that it takes without moving: a loop on it would hide them. */
  #titleOf(id: string, name: string): string {
    const inPlace = this.#chart.transitions.filter(
      ({ from, to }) => from === id && (to === null || to === id),
    );
    const events = inPlace.map((move) => escaped(moveText(move))).join(', ');
    return events === '' ? escaped(name) : `${escaped(name)} (stays on ${events})`;
  }

  /** Mermaid has no arrows between a state and one around it: they begin, and end, at what is inside. */
  #ways(move: ChartMove): readonly (readonly [from: string, to: string])[] {
    const { from, event } = move;
    if (this.#children(from).length === 0) {
      return [[from, this.#within(move.to ?? from, from)]];
    }
    const { to } = move;
    if (to === null || to === from) return [];
    if (!this.#around(to).includes(from)) return [[from, this.#within(to, from)]];
    const handles = (id: string): boolean =>
      this.#chart.transitions.some((own) => own.from === id && own.event === event);
    return this.#children(from)
      .filter(({ id, type }) => id !== to && type !== 'final' && type !== 'history' && !handles(id))
      .flatMap(({ id }) => this.#ways({ ...move, from: id }));
  }

  /** The target, or where it begins if the source is inside of it. */
  #within(to: string, from: string): string {
    if (to === from || !this.#around(from).includes(to)) return to;
    const inside = this.#children(to);
    const first = inside.find(({ initial }) => initial) ?? inside[0];
    return first === undefined ? to : this.#within(first.id, from);
  }

  #around(id: string): readonly string[] {
    const parent = this.#find(id)?.parent ?? null;
    return parent === null ? [] : [parent, ...this.#around(parent)];
  }

  #children(parent: string | null): readonly ChartNode[] {
    return this.#chart.states.filter((state) => state.parent === parent);
  }

  #find(id: string | null): ChartNode | undefined {
    return this.#chart.states.find((state) => state.id === id);
  }
}

/** What could be read as part of the diagram is written by its number. */
function escaped(text: string): string {
  return text.replaceAll(/[^\p{L}\p{M}\p{N} .,_()[\]/*'+-]|--|\p{C}/gu, (characters) =>
    characters.replaceAll(/./gsu, (each) => `#${each.codePointAt(0)};`),
  );
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `    ${line}`);
}
