/** What the work comes to, unless it takes longer than `ms`: then it rejects with the error. The work itself goes on. */
export async function inTime<T>(work: Promise<T>, ms: number, error: () => Error): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(error()), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
