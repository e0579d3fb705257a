import type { Json } from '../json.ts';
import type { RunSnapshot } from '../machines/index.ts';

/** What is to be done, and by which request. */
export interface AuthorizeQuestion {
  /** The name of the operation, as `operationId` in the OpenAPI document. */
  readonly action: string;
  /** The run it is done to; undefined for what concerns no single run. */
  readonly run: RunSnapshot | undefined;
  /** Its body was read: what it was is `body`. */
  readonly request: Request;
  /** The JSON of the request, such as the `sessionId` of a run to start; undefined where there is none. */
  readonly body: unknown;
}

/** What leaves. */
export interface RedactContext {
  readonly action: string;
  readonly runId: string | undefined;
}

export interface ServerOptions {
  /**
   * What a request MUST carry as `Authorization: Bearer ...`. Without a token and without `authorize` only
   * requests to a loopback name are answered.
   */
  readonly token?: string;
  /**
   * Asked before every action, after the token. false, or an error, is FORBIDDEN. Lists and streams of
   * several runs only show those for which `getRun` is allowed. `countRuns` is asked without a run and counts
   * all of them: it is for those who may know how many there are.
   */
  readonly authorize?: (question: AuthorizeQuestion) => boolean | Promise<boolean>;
  /**
   * Applied to each JSON value before it leaves: answers, events, the texts of problems, names and media
   * types of outputs, and their contents that are JSON or text in UTF-8 of at most `bodyBytes`. Other
   * contents do not leave at all then (CONTENT_WITHHELD): nothing can be told of what they hold.
   */
  readonly redact?: (value: Json, context: RedactContext) => Json;
  /** Serves the page on which runs are looked at, at `/inspect/`. Default false. */
  readonly inspector?: boolean;
  /** What comes before `/v1`, such as `/runchart`. Default nothing. */
  readonly basePath?: string;
  /** Names, without a port, that the Host of a request may have. Default: loopback names, or any with a token. */
  readonly hosts?: readonly string[];
  /** Other origins, such as `https://app.example.com`, whose pages may ask. Default none. */
  readonly origins?: readonly string[];
  readonly limits?: Partial<ServerLimits>;
  /** Faults that a client is told nothing of but a code. Default: a process warning. */
  readonly onError?: (error: unknown) => void;
}

export interface ServerLimits {
  /** Bytes of a JSON body: more is BODY_TOO_LARGE. Default 16 MiB. */
  readonly bodyBytes: number;
  /** Bytes of a content that is uploaded. Default 1 GiB. */
  readonly contentBytes: number;
  /** Streams open at once: more is TOO_MANY_STREAMS. Default 10,000. */
  readonly streams: number;
  /** Requests worked on at once, streams apart: more is SERVER_BUSY. Default 1,000. */
  readonly requests: number;
  /** Milliseconds until a JSON body that is not there is REQUEST_SLOW, and from then on until a request without an answer is REQUEST_TIMEOUT; streams, contents and maintenance take as long as they need. Default 30,000. */
  readonly requestMs: number;
  /** Milliseconds between two signs of life on a stream. Default 15,000. */
  readonly heartbeatMs: number;
  /** Milliseconds that a stream, a download or an upload may stand still with its client doing nothing. Default 60,000. */
  readonly stalledStreamMs: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  bodyBytes: 16 * MIB,
  contentBytes: 1024 * MIB,
  streams: 10_000,
  requests: 1_000,
  requestMs: 30_000,
  heartbeatMs: 15_000,
  stalledStreamMs: 60_000,
};
