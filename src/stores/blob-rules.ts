import { RunchartError } from '../errors.ts';

const DIGEST = /^[0-9a-f]{64}$/;

/** True for what can be the digest of a content: nothing else may become part of a path. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

export function blobNotFound(sha256: string): RunchartError {
  const which = isDigest(sha256)
    ? `sha256 ${sha256}`
    : 'that digest: it is no sha256 in lower-case hex';
  return new RunchartError('OUTPUT_NOT_FOUND', `There is no content with ${which}.`);
}

export function blobTooLarge(maxBytes: number): RunchartError {
  return new RunchartError(
    'OUTPUT_TOO_LARGE',
    `The content has more than ${maxBytes} bytes; raise the limit of outputs or give out less.`,
  );
}

export function blobCorrupt(sha256: string, file: string, found: string): RunchartError {
  return new RunchartError(
    'BLOB_CORRUPT',
    `The content ${sha256} is damaged: ${file} has the sha256 ${found}. Give the content out again, or restore the file.`,
  );
}
