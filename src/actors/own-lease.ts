import type { OwnerLease } from '../stores/index.ts';

/** This process as an owner, registered at the first need of it: those who only read leave no trace. */
export class OwnLease {
  readonly #enlist: () => Promise<OwnerLease>;
  #lease: Promise<OwnerLease> | undefined;
  /** Its id, once it is registered. */
  known: string | undefined;

  constructor(enlist: () => Promise<OwnerLease>) {
    this.#enlist = enlist;
  }

  async id(): Promise<string> {
    if (this.#lease === undefined) {
      this.#lease = this.#enlist();
      // A failure is not kept: the next one in need tries again.
      this.#lease.catch(() => {
        this.#lease = undefined;
      });
    }
    this.known = (await this.#lease).ownerId;
    return this.known;
  }

  async release(): Promise<void> {
    await (await this.#lease?.catch(() => undefined))?.release();
  }
}
