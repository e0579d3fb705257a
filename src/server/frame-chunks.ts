/** Characters after which a chunk is sent, whatever else there is. */
const CHUNK_CHARS = 64 * 1024;
/** What a stream waits for others, per stream that is open: with many of them a write each is what costs. */
const PACE_MS_PER_STREAM = 0.1;
const MIN_PACE_MS = 2;
const MAX_PACE_MS = 100;

const NOTHING_YET = Symbol('nothing yet');

/**
 * Frames put together as far as they are there. One that comes after a silence is sent at once; those that
 * come close behind it wait for the next beat, and go as one.
 */
export class FrameChunks {
  readonly #frames: AsyncGenerator<string, void, void>;
  readonly #beat: () => Promise<void>;
  #next: Promise<IteratorResult<string, void>> | undefined;
  #isDone = false;
  /** All that was there is sent, and the beat in which it was is not over. */
  #pausing: Promise<void> | undefined;

  constructor(frames: AsyncGenerator<string, void, void>, beat: () => Promise<void>) {
    this.#frames = frames;
    this.#beat = beat;
  }

  /** undefined: there are no more. Rejects with what the frames do. */
  async next(): Promise<string | undefined> {
    if (this.#isDone) return undefined;
    const first = await this.#take();
    if (first.done === true) return undefined;
    await this.#pausing;
    this.#pausing = undefined;
    let text = first.value;
    const nothing = nothingYet();
    while (text.length < CHUNK_CHARS) {
      const next = await Promise.race([this.#peek(), nothing]);
      if (next === NOTHING_YET) {
        const pausing = this.#beat().then(() => {
          if (this.#pausing === pausing) this.#pausing = undefined;
        });
        this.#pausing = pausing;
        break;
      }
      this.#next = undefined;
      if (next.done === true) {
        this.#isDone = true;
        break;
      }
      text += next.value;
    }
    return text;
  }

  #peek(): Promise<IteratorResult<string, void>> {
    return (this.#next ??= this.#frames.next());
  }

  async #take(): Promise<IteratorResult<string, void>> {
    const next = await this.#peek();
    this.#next = undefined;
    return next;
  }
}

/** When everything has run that need not wait. */
function nothingYet(): Promise<typeof NOTHING_YET> {
  return new Promise((resolve) => setImmediate(resolve, NOTHING_YET));
}

/** A beat that streams wait for together: the more of them there are, the longer it is. */
export class Pace {
  #beat: Promise<void> | undefined;

  async wait(streams: number): Promise<void> {
    const ms = Math.min(MAX_PACE_MS, streams * PACE_MS_PER_STREAM);
    if (ms < MIN_PACE_MS) return;
    this.#beat ??= new Promise((resolve) => {
      setTimeout(() => {
        this.#beat = undefined;
        resolve();
      }, ms);
    });
    await this.#beat;
  }
}
